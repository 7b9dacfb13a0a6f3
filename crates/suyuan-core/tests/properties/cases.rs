//! Situations worked out by hand: the engine and the oracle must both give these values.

use suyuan_core::chain::{Built, FindingCode};
use suyuan_core::recall::recall;
use suyuan_core::time::{Minute, Span, UtcOffset};
use suyuan_core::trace::{TraceOptions, trace_back};

use crate::common::compare::{engine_answer, engine_back};
use crate::common::oracle::World;
use crate::common::oracle::recall::{Answer, Row};
use crate::common::query::{Origin, Query};
use crate::common::records::Records;
use crate::common::script::read;

fn minute(text: &str) -> Minute {
    if text.is_empty() {
        return Minute::UNBOUNDED_FUTURE;
    }
    Span::parse_limit(text, UtcOffset::CHINA).unwrap()
}

fn query(origin: Origin, as_of: &str) -> Query {
    Query { origin, from_holder: false, as_of: minute(as_of), hazard: None, carry_days: None }
}

fn batch(code: &str) -> Query {
    query(Origin::Batch(code.to_owned()), "")
}

/// Millionths as a decimal.
fn decimal(millionths: i128) -> String {
    let value = rust_decimal::Decimal::from_i128_with_scale(millionths, 6).normalize();
    value.to_string()
}

/// `BATCH[/PRODUCT/PRODUCER]@OPERATOR SINCE CERTAINTY ON_HAND UNIT SHARE`, with `?` after a
/// balance that is not known.
fn line(row: &Row) -> String {
    let (lot, operator) = &row.stock;
    let since = match row.since {
        Minute::UNBOUNDED_PAST => "-".to_owned(),
        since => since.to_string().replace("T00:00", ""),
    };
    let certainty = if row.recorded { "recorded" } else { "possible" };
    let unknown = if row.complete { "" } else { "?" };
    let (on_hand, share) = (decimal(row.ledger[5]), decimal(row.share));
    let unit = row.unit.as_deref().unwrap_or("-");
    let lot = lot.replace('\u{1}', "/");
    format!("{lot}@{operator} {since} {certainty} {on_hand}{unknown} {unit} {share}")
}

fn lines(answer: &Answer) -> Vec<String> {
    answer.rows.iter().map(line).collect()
}

/// Asks both for a recall.
fn check(records: &Records, query: &Query, expected: &[&str]) {
    let (oracle, _) = World::new(records).recall(query);
    assert_eq!(lines(&oracle), expected, "the oracle, asked {query:?}");
    let chain = records.build().chain;
    chain.verify().unwrap();
    let scope = recall(&chain, &query.source(&chain), &query.policy()).unwrap();
    let engine = engine_answer(&chain, &scope);
    assert_eq!(lines(&engine), expected, "the engine, asked {query:?}");
    assert_eq!(engine, oracle, "{query:?}");
}

fn finds(built: &Built, code: FindingCode) -> bool {
    built.findings.iter().any(|finding| finding.code == code)
}

const TOP_UP: &str = "
    batch A P M 2026-02-01 100 kg
    batch B P M 2026-02-20 10 kg
    ship W1 A M SHOP 2026-02-10 2026-02-10 60 kg
    in  T M 2026-03-01 B 10 kg
    out T M 2026-03-01 A 10 kg";

#[test]
fn a_lot_that_was_topped_up_keeps_its_own_making() {
    let records = read(TOP_UP);
    let all = ["A@M 2026-02-01 recorded 50 kg 1", "A@SHOP 2026-02-10 recorded 60 kg 1"];
    check(&records, &batch("A"), &all);
    // What was served before the goods came in has nothing of them.
    let of_b = ["A@M 2026-03-01 recorded 50 kg 0.090909", "B@M 2026-02-20 recorded 0 kg 1"];
    check(&records, &batch("B"), &of_b);
    let early = query(Origin::Batch("A".to_owned()), "2026-02-15");
    let rows = ["A@M 2026-02-01 recorded 40 kg 1", "A@SHOP 2026-02-10 recorded 60 kg 1"];
    check(&records, &early, &rows);
    let window = Origin::Operator {
        operator: "M".to_owned(),
        from: minute("2026-02-05").plus(1 - 24 * 60),
        to: minute("2026-02-15"),
    };
    let rows = ["A@M 2026-02-05 recorded 50 kg 1", "A@SHOP 2026-02-10 recorded 60 kg 1"];
    check(&records, &query(window, ""), &rows);
}

#[test]
fn a_row_that_says_what_an_output_says_is_no_making_of_its_own() {
    let said = |row: &str, output: &str, more: &str| {
        format!(
            "batch A P M {row}
             batch B P M 2026-02-20 100 kg
             ship W1 A M SHOP 2026-03-02 2026-03-02 60 kg
             in  T M 2026-03-01 B 10 kg
             out T M 2026-03-01 A {output}
             {more}"
        )
    };
    let own = |script: &str| {
        let records = read(script);
        let oracle = World::new(&records).first(&("A".to_owned(), "M".to_owned()));
        let chain = records.build().chain;
        let stock = chain.find_stock("A", "M").unwrap();
        assert_eq!(chain.first(stock), oracle, "{script}");
        oracle < Some(minute("2026-02-28"))
    };
    // 60 kg left, 10 kg came: the row is needed.
    assert!(own(&said("2026-02-01 100 kg", "10 kg", "")));
    // (1) A row without a quantity, dated to a month, or of the day before, is not a making.
    assert!(!own(&said("2026-02-01 - -", "10 kg", "")));
    assert!(!own(&said("2026-02 100 kg", "10 kg", "")));
    assert!(!own(&said("- 100 kg", "10 kg", "")));
    assert!(!own(&said("2026-02-28 100 kg", "10 kg", "")));
    assert!(own(&said("2026-02-27 100 kg", "10 kg", "")));
    // The earliest output counts, wherever it is.
    let elsewhere = "out T0 X 2026-02-02 A 5 kg";
    assert!(!own(&said("2026-02-01 100 kg", "10 kg", elsewhere)));
    // (2) A row of what the outputs come to, and outputs without quantity.
    assert!(!own(&said("2026-02-01 10 kg", "10 kg", "")));
    assert!(!own(&said("2026-02-01 10.05 kg", "10 kg", "")));
    assert!(own(&said("2026-02-01 10.06 kg", "10 kg", "")));
    assert!(!own(&said("2026-02-01 100 kg", "- -", "")));
    // (3) What came covers what left: by the output, a receipt or a gain; a receipt without a
    // quantity may.
    assert!(!own(&said("2026-02-01 100 kg", "60 kg", "")));
    assert!(!own(&said("2026-02-01 100 kg", "59.8 kg", "")));
    assert!(own(&said("2026-02-01 100 kg", "59.7 kg", "")));
    let back = "ship W2 A SHOP M 2026-03-05 2026-03-05 50 kg";
    assert!(!own(&said("2026-02-01 100 kg", "10 kg", back)));
    assert!(!own(&said("2026-02-01 100 kg", "10 kg", "gain A M 2026-03-05 50 kg")));
    assert!(!own(&said("2026-02-01 100 kg", "10 kg", "gain A M 2026-03-05 - -")));
    assert!(own(&said("2026-02-01 100 kg", "10 kg", "gain A M 2026-03-05 40 kg")));
    // A removal counts as having left; one of unknown quantity adds nothing.
    assert!(own(&said("2026-02-01 100 kg", "60 kg", "sold A M 2026-03-05 1 kg")));
    assert!(!own(&said("2026-02-01 100 kg", "60 kg", "sold A M 2026-03-05 - -")));
}

const KIT: &str = "
    batch C PC SUPC 2026-02-01 10 kg
    batch D PD SUPD 2026-02-01 5 kg
    batch K KIT M 2026-03-01 8 kg
    ship W1 C SUPC M 2026-02-02 2026-02-02 10 kg
    ship W2 D SUPD M 2026-02-02 2026-02-02 5 kg
    ship W3 C M EARLY 2026-02-20 2026-02-20 2 kg
    ship W4 C M LATE 2026-03-10 2026-03-10 3 kg
    in  MO1 M 2026-03-01 C 5 kg
    in  MO1 M 2026-03-01 D 3 kg
    out MO1 M 2026-03-01 K 8 kg
    in  UB1 M 2026-03-05 K 4 kg
    out UB1 M 2026-03-05 C 2.5 kg
    out UB1 M 2026-03-05 D 1.5 kg";

#[test]
fn a_kit_that_was_taken_apart_leaves_its_suppliers_out() {
    let records = read(KIT);
    let of_c = [
        "C@EARLY 2026-02-20 recorded 2 kg 1",
        "C@LATE 2026-03-10 recorded 3 kg 1",
        "C@M 2026-02-02 recorded 2.5 kg 1",
        "D@M 2026-03-05 recorded 3.5 kg 0.144231",
        "K@M 2026-03-01 recorded 4 kg 0.625",
        "C@SUPC 2026-02-01 recorded 0 kg 1",
    ];
    check(&records, &batch("C"), &of_c);
    let of_d = [
        "C@LATE 2026-03-10 recorded 3 kg 0.075",
        "C@M 2026-03-05 recorded 2.5 kg 0.075",
        "D@M 2026-02-02 recorded 3.5 kg 1",
        "K@M 2026-03-01 recorded 4 kg 0.375",
        "D@SUPD 2026-02-01 recorded 0 kg 1",
    ];
    check(&records, &batch("D"), &of_d);
    let of_k = [
        "C@LATE 2026-03-10 recorded 3 kg 0.2",
        "C@M 2026-03-05 recorded 2.5 kg 0.2",
        "D@M 2026-03-05 recorded 3.5 kg 0.230769",
        "K@M 2026-03-01 recorded 4 kg 1",
    ];
    check(&records, &batch("K"), &of_k);
    let built = records.build();
    assert!(!finds(&built, FindingCode::Orphan) && !finds(&built, FindingCode::NegativeBalance));
}

#[test]
fn a_date_written_with_midnight_is_a_date() {
    let records = read(
        "batch CLEAN MILK F1 2026-02-20 100 L
         batch DIRTY MILK F2 2026-03-01 100 L
         batch SILO MILK M - 200 L
         ship W1 CLEAN F1 M 2026-02-21 2026-02-21 100 L
         ship W2 DIRTY F2 M 2026-03-01 2026-03-01 100 L
         ship W3 SILO M SHOP 2026-03-02_00:00:00 2026-03-02_00:00:00 80 L
         in  T1 M 2026-02-22_09:00 CLEAN 100 L
         out T1 M 2026-02-22_09:00 SILO 100 L
         in  T2 M 2026-03-02_06:00 DIRTY 100 L
         out T2 M 2026-03-02_06:00 SILO 100 L",
    );
    let of_dirty = [
        "DIRTY@F2 2026-03-01 recorded 0 L 1",
        "DIRTY@M 2026-03-01 recorded 0 L 1",
        "SILO@M 2026-03-02T06:00 recorded 120 L 0.5",
        "SILO@SHOP 2026-03-02T06:00 recorded 80 L 0.5",
    ];
    check(&records, &batch("DIRTY"), &of_dirty);
    let of_clean = [
        "CLEAN@F1 2026-02-20 recorded 0 L 1",
        "CLEAN@M 2026-02-21 recorded 0 L 1",
        "SILO@M 2026-02-22T09:00 recorded 120 L 0.5",
        "SILO@SHOP 2026-03-02 recorded 80 L 0.5",
    ];
    check(&records, &batch("CLEAN"), &of_clean);
    let of_silo =
        ["SILO@M 2026-02-22T09:00 recorded 120 L 1", "SILO@SHOP 2026-03-02 recorded 80 L 1"];
    check(&records, &batch("SILO"), &of_silo);
}

const CARTONS: &str = "
    batch A JUICE FA 2026-03-01 10 箱
    batch B JUICE FB 2026-03-01 24 瓶
    batch C MIX PK 2026-03-03 264 瓶
    ship W1 A FA PK 2026-03-02 2026-03-02 10 箱
    ship W2 B FB PK 2026-03-02 2026-03-02 24 瓶
    in  T1 PK 2026-03-03 A 10 箱
    in  T1 PK 2026-03-03 B 24 瓶
    out T1 PK 2026-03-03 C 264 瓶";

#[test]
fn words_of_packing_add_up_by_a_pack_table_alone() {
    let apart = [
        "A@FA 2026-03-01 recorded 0 箱 1",
        "A@PK 2026-03-02 recorded 0 箱 1",
        "C@PK 2026-03-03 recorded 264 瓶 1",
    ];
    check(&read(CARTONS), &batch("A"), &apart);
    let with = |packs: &str| read(&format!("{packs}\n{CARTONS}"));
    let rows = [
        "A@FA 2026-03-01 recorded 0 瓶 1",
        "A@PK 2026-03-02 recorded 0 瓶 1",
        "C@PK 2026-03-03 recorded 264 瓶 0.909091",
    ];
    check(&with("pack JUICE - 箱 24 瓶"), &batch("A"), &rows);
    // Of another product, or of rows that disagree, nothing adds up.
    check(&with("pack MIX - 箱 24 瓶"), &batch("A"), &apart);
    check(&with("pack JUICE - 箱 24 瓶\npack JUICE - 箱 20 瓶"), &batch("A"), &apart);
    // A lot's own row replaces its product's: 264 of 288 bottles.
    let records = with("pack JUICE - 箱 20 瓶\npack JUICE A 箱 24 瓶");
    check(&records, &batch("A"), &rows);
    // Rows chain and work both ways: a stack is 40 cases, and each of them 24 bottles.
    let records = with("pack JUICE - 托 960 瓶\npack JUICE - 托 40 箱\npack JUICE - 瓶 250 mL");
    let litres = [
        "A@FA 2026-03-01 recorded 0 L 1",
        "A@PK 2026-03-02 recorded 0 L 1",
        "C@PK 2026-03-03 recorded 264 瓶 0.909091",
    ];
    check(&records, &batch("A"), &litres);
}

#[test]
fn a_lot_may_have_a_weight_of_its_own() {
    let received = |packs: &str, quantity: &str| {
        let records = read(&format!(
            "product RM1 kg 21
             {packs}
             batch R1 RM1 SUP 2026-03-01 600 kg
             ship W1 R1 SUP M 2026-03-02 2026-03-02 {quantity}"
        ));
        let (oracle, _) = World::new(&records).recall(&batch("R1"));
        let chain = records.build().chain;
        let scope = recall(&chain, &batch("R1").source(&chain), &batch("R1").policy()).unwrap();
        let engine = engine_answer(&chain, &scope);
        assert_eq!(engine, oracle);
        let row = &engine.rows[0];
        assert_eq!(row.stock.1, "M");
        row.complete.then(|| decimal(row.ledger[1]))
    };
    let kilograms = |text: &str| Some(text.to_owned());
    // The pack quantity of the product holds for pieces and for 件.
    assert_eq!(received("", "5 pcs"), kilograms("105"));
    assert_eq!(received("", "5 件"), kilograms("105"));
    // A product that is counted in 箱 alone has its pack quantity in mind; beside pieces, not.
    assert_eq!(received("", "5 箱"), kilograms("105"));
    assert_eq!(received("ship W2 R1 SUP X 2026-03-02 2026-03-02 1 pcs", "5 箱"), None);
    assert_eq!(received("pack RM1 R1 pcs 98.5 kg", "5 pcs"), kilograms("492.5"));
    assert_eq!(received("pack RM1 R1 pcs 98.5 kg", "5 件"), kilograms("105"));
    assert_eq!(received("pack RM1 R2 pcs 98.5 kg", "5 pcs"), kilograms("105"));
    assert_eq!(received("pack RM1 - 件 20 kg", "5 件"), kilograms("100"));
    assert_eq!(received("pack RM1 - 箱 6 件", "2 箱"), kilograms("252"));
    // A pound and an ounce are rounded half-even to the sixth decimal.
    assert_eq!(received("", "50 lb"), kilograms("22.679618"));
    assert_eq!(received("", "1 oz"), kilograms("0.02835"));
    assert_eq!(received("", "0.000001 oz"), kilograms("0.000001"));
}

#[test]
fn goods_found_at_stock_taking_are_received() {
    let records = read(
        "batch L RICE MILL 2026-02-01 1000 kg
         ship W1 L MILL WH 2026-02-02 2026-02-02 1000 kg
         ship W2 L WH S1 2026-02-10 2026-02-10 600 kg
         ship W3 L WH S2 2026-02-20 2026-02-20 420 kg
         gain L WH 2026-02-15 20 kg",
    );
    let rows = [
        "L@MILL 2026-02-01 recorded 0 kg 1",
        "L@S1 2026-02-10 recorded 600 kg 1",
        "L@S2 2026-02-20 recorded 420 kg 1",
        "L@WH 2026-02-02 recorded 0 kg 1",
    ];
    check(&records, &batch("L"), &rows);
    // From the mill alone, what was found is clean: 1000 of 1020 kg.
    let mill = query(Origin::Stock(("L".to_owned(), "MILL".to_owned())), "");
    let rows = [
        "L@MILL 2026-02-01 recorded 0 kg 1",
        "L@S1 2026-02-10 recorded 600 kg 1",
        "L@S2 2026-02-20 recorded 420 kg 0.980392",
        "L@WH 2026-02-02 recorded 0 kg 0.980392",
    ];
    check(&records, &mill, &rows);
    let built = records.build();
    for code in [FindingCode::NegativeBalance, FindingCode::ContradictingLink] {
        assert!(!finds(&built, code), "{code:?}");
    }
    // Without the gain more left than came.
    let mut records = records;
    records.removals.clear();
    assert!(finds(&records.build(), FindingCode::ContradictingLink));
}

#[test]
fn two_lots_of_one_code_are_told_apart_by_who_dealt_with_whom() {
    let script = |ship: [&str; 2], sample: &str| {
        read(&format!(
            "product MILK L -
             product PEPPER kg -
             batch X MILK SUPA 2026-03-01 100 L
             batch X PEPPER SUPB 2026-03-01 50 kg
             ship W1 X SUPA STORE 2026-03-02 2026-03-02 100 L {}
             ship W2 X SUPB CAFE 2026-03-02 2026-03-02 50 kg {}
             sample S1 X STORE 2026-03-03 {sample}",
            ship[0], ship[1]
        ))
    };
    let asked = query(Origin::Samples(vec!["S1".to_owned()]), "");
    let milk = [
        "X/MILK/SUPA@STORE 2026-03-02 recorded 100 L 1",
        "X/MILK/SUPA@SUPA 2026-03-01 recorded 0 L 1",
    ];
    check(&script(["", ""], ""), &asked, &milk);
    check(&script(["of=MILK", "of=PEPPER"], "of=MILK"), &asked, &milk);
    check(&script(["made=SUPA", "made=SUPB"], "made=SUPA"), &asked, &milk);
    // A name that no lot has is no name.
    check(&script(["of=SALT", ""], "made=NOBODY"), &asked, &milk);
    // The whole code: both lots, in the order of operator, code, product, producer.
    let both = [
        "X/PEPPER/SUPB@CAFE 2026-03-02 recorded 50 kg 1",
        "X/MILK/SUPA@STORE 2026-03-02 recorded 100 L 1",
        "X/MILK/SUPA@SUPA 2026-03-01 recorded 0 L 1",
        "X/PEPPER/SUPB@SUPB 2026-03-01 recorded 0 kg 1",
    ];
    check(&script(["", ""], ""), &batch("X"), &both);
}

#[test]
fn a_part_that_tells_no_lot_from_another_belongs_to_each() {
    // STORE deals with CAFE, so that nothing tells whose goods they hold.
    let records = read(
        "product MILK L -
         product PEPPER kg -
         batch X MILK SUPA 2026-03-01 100 L
         batch X PEPPER SUPB 2026-03-01 50 kg
         ship W1 X SUPA STORE 2026-03-02 2026-03-02 100 L
         ship W2 X SUPB CAFE 2026-03-02 2026-03-02 50 kg
         ship W3 X STORE CAFE 2026-03-03 2026-03-03 10 L
         sample S1 X STORE 2026-03-03 of=MILK",
    );
    let asked = query(Origin::Samples(vec!["S1".to_owned()]), "");
    let world = World::new(&records);
    let (oracle, _) = world.recall(&asked);
    let chain = records.build().chain;
    let scope = recall(&chain, &asked.source(&chain), &asked.policy()).unwrap();
    assert_eq!(engine_answer(&chain, &scope), oracle);
    // All of them are seeds of the milk lot, which they hold as far as anybody can say.
    let operators: Vec<&str> = oracle.rows.iter().map(|row| row.stock.1.as_str()).collect();
    assert_eq!(operators, ["CAFE", "STORE", "SUPA", "SUPB"]);
    assert!(oracle.rows.iter().all(|row| row.stock.0.contains("MILK")));
    // From the farm alone, what it shipped is possible only, in unknown quantity.
    let farm = query(Origin::Stock(("X".to_owned(), "SUPA".to_owned())), "");
    let (answer, _) = world.recall(&farm);
    let store = answer.rows.iter().find(|row| row.stock.1 == "STORE").unwrap();
    assert!(!store.recorded && !store.complete);
    let scope = recall(&chain, &farm.source(&chain), &farm.policy()).unwrap();
    assert_eq!(engine_answer(&chain, &scope), answer);
}

#[test]
fn equal_rows_of_several_reporters_are_one() {
    let script = |more: &str| {
        read(&format!(
            "batch A P M 2026-03-01 100 kg
             ship W1 A M SHOP 2026-03-02 2026-03-03 60 kg by=M
             {more}
             sold A SHOP 2026-03-04 5 kg by=SHOP
             sold A SHOP 2026-03-04 5 kg by=SHOP
             sold A SHOP 2026-03-04 5 kg by=CITY"
        ))
    };
    // Twice by the shop, once by the city: two sales.
    let once = ["A@M 2026-03-01 recorded 40 kg 1", "A@SHOP 2026-03-03 recorded 50 kg 1"];
    check(&script(""), &batch("A"), &once);
    for same in [
        "ship W1 A M SHOP 2026-03-02 2026-03-03 60 kg by=SHOP",
        "ship W1 A M SHOP 2026-03-02 2026-03-03 60000 g by=SHOP",
        "ship W1 A M SHOP 2026-03-02 2026-03-03 60 kg",
        "ship W1 A M SHOP 2026-03-02 - 60 kg by=SHOP",
        "ship W1 A M SHOP - 2026-03-03 60 kg by=SHOP",
        "ship W1 A M SHOP - 2026-03-03 60 kg by=SHOP
         ship W1 A M SHOP 2026-03-02 - 60 kg by=CITY",
    ] {
        check(&script(same), &batch("A"), &once);
    }
    // Another waybill, quantity or date is another shipment: 120 kg left of 100.
    for other in [
        "ship W2 A M SHOP 2026-03-02 2026-03-03 60 kg by=SHOP",
        "ship W1 A M SHOP 2026-03-02 2026-03-04 60 kg by=SHOP",
        "ship W1 A M SHOP 2026-03-02 - 60 kg by=M",
    ] {
        let records = script(other);
        let rows = ["A@M 2026-03-01 recorded -20 kg 1", "A@SHOP 2026-03-03 recorded 110 kg 1"];
        let (oracle, _) = World::new(&records).recall(&batch("A"));
        let shown: Vec<String> = lines(&oracle);
        assert_eq!(shown[0], rows[0], "{other}");
        let chain = records.build().chain;
        let scope = recall(&chain, &batch("A").source(&chain), &batch("A").policy()).unwrap();
        assert_eq!(engine_answer(&chain, &scope), oracle, "{other}");
    }
}

#[test]
fn a_departure_that_contradicts_is_wholly_contaminated() {
    // M gave SHOP 50 kg before it had anything: they may be of the failing lot, and are taken so.
    let records = read(
        "batch A P F 2026-03-01 10 kg
         batch B P M 2026-03-05 90 kg
         ship W1 A F M 2026-03-02 2026-03-02 10 kg
         in  T M 2026-03-06 A 10 kg
         in  T M 2026-03-06 B 90 kg
         out T M 2026-03-06 C 100 kg
         ship W2 C M SHOP 2026-03-04 2026-03-04 50 kg
         ship W3 C M SHOP 2026-03-07 2026-03-07 50 kg",
    );
    let rows = [
        "A@F 2026-03-01 recorded 0 kg 1",
        "A@M 2026-03-02 recorded 0 kg 1",
        "C@M 2026-03-06 recorded 0 kg 0.1",
        // 50 kg wholly, 50 kg by a tenth.
        "C@SHOP 2026-03-06 recorded 100 kg 0.55",
    ];
    check(&records, &batch("A"), &rows);
}

#[test]
fn an_intake_unknown_by_clean_goods_alone_is_taken_as_what_is_known_of_it() {
    let records = read(
        "batch A P F 2026-03-01 10 kg
         out T0 G 2026-03-01 C - kg
         ship W1 A F M 2026-03-02 2026-03-02 10 kg
         in  T M 2026-03-03 A 10 kg
         out T M 2026-03-03 C 30 kg
         ship W2 C G M 2026-03-02 2026-03-02 10 kg
         ship W3 C G M 2026-03-02 2026-03-02 - -
         ship W4 C M SHOP 2026-03-04 2026-03-04 20 kg",
    );
    // 30 of 40 known kilograms: more clean goods can only make it less.
    let rows = [
        "A@F 2026-03-01 recorded 0 kg 1",
        "A@M 2026-03-02 recorded 0 kg 1",
        "C@M 2026-03-03 recorded 20? kg 0.75",
        "C@SHOP 2026-03-04 recorded 20 kg 0.75",
    ];
    check(&records, &batch("A"), &rows);
}

#[test]
fn a_self_shipment_shows_a_stock_and_moves_nothing() {
    let records = read(
        "batch A P M 2026-03-01 100 kg
         ship W1 A M M 2026-03-02 2026-03-02 70 kg
         ship W2 A M SHOP 2026-03-03 2026-03-03 60 kg
         ship W3 A X X 2026-03-04 2026-03-04 5 kg",
    );
    // X is an orphan: that it got the goods from one of the others is possible.
    let rows = [
        "A@M 2026-03-01 recorded 40 kg 1",
        "A@SHOP 2026-03-03 recorded 60 kg 1",
        "A@X - recorded 0? kg 1",
    ];
    check(&records, &batch("A"), &rows);
    let shop = Origin::Stock(("A".to_owned(), "SHOP".to_owned()));
    let chain = records.build().chain;
    let back = trace_back(
        &chain,
        &[shop.engine_target(&chain)],
        &TraceOptions::as_of(Minute::UNBOUNDED_FUTURE),
    )
    .unwrap();
    let oracle = World::new(&records).trace_back(&[shop], Minute::UNBOUNDED_FUTURE);
    assert_eq!(engine_back(&chain, &back), oracle);
}
