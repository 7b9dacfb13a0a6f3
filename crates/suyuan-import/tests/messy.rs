//! Small sheets with two or three of the difficulties that offices' files have, each with the
//! records it must give.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use suyuan_core::chain::{ChainBuilder, Table};
use suyuan_import::{Imported, Profile, Reason, Register, Sheet, apply, guess};

struct Case<'c> {
    file: &'c str,
    bytes: Vec<u8>,
    /// What a person changes in the draft: a text, and what stands there instead.
    edits: &'c [(&'c str, &'c str)],
    register: Register,
}

impl<'c> Case<'c> {
    fn text(file: &'c str, text: &str) -> Self {
        Self { file, bytes: text.as_bytes().to_vec(), edits: &[], register: Register::default() }
    }

    fn edit(mut self, edits: &'c [(&'c str, &'c str)]) -> Self {
        self.edits = edits;
        self
    }

    fn import(&self) -> Imported {
        let sheets = Sheet::read_bytes(self.file, &self.bytes).unwrap();
        let mut draft = guess(&sheets).to_toml();
        for (from, to) in self.edits {
            assert_eq!(draft.matches(from).count(), 1, "{from} in {draft}");
            draft = draft.replace(from, to);
        }
        let profile = Profile::parse(&draft).unwrap_or_else(|error| panic!("{error}: {draft}"));
        let imported = apply(&profile, &sheets, &self.register).unwrap();
        let report = &imported.report;
        let rows: usize = sheets.iter().map(|sheet| sheet.rows.len()).sum();
        let left: usize = REASONS.iter().map(|reason| report.left_out(*reason)).sum();
        assert_eq!((report.read(), report.used() + left), (rows, rows));
        let mut builder = ChainBuilder::new();
        imported.add_to(&mut builder).unwrap();
        builder.build().unwrap();
        imported
    }
}

const REASONS: [Reason; 8] = [
    Reason::Title,
    Reason::Blank,
    Reason::Header,
    Reason::Total,
    Reason::Note,
    Reason::Unreadable,
    Reason::NoTable,
    Reason::NoProfile,
];

/// How many rows were left out as title, blank, header, total, note and unreadable.
fn left(imported: &Imported) -> [usize; 6] {
    let count = |at: usize| imported.report.left_out(REASONS[at]);
    [count(0), count(1), count(2), count(3), count(4), count(5)]
}

fn problems(imported: &Imported) -> Vec<String> {
    imported.report.problems().map(|(_, row, problem)| format!("{row}: {problem}")).collect()
}

/// The records of a table, some of their columns.
fn rows(imported: &Imported, table: Table, columns: &[&str]) -> Vec<String> {
    let Some(records) = imported.records(table) else { return Vec::new() };
    let place = |column: &&str| {
        let at = records.columns.iter().position(|known| known == column);
        at.unwrap_or_else(|| panic!("no {column} in {:?}", records.columns))
    };
    let places: Vec<usize> = columns.iter().map(place).collect();
    let row = |values: &[String]| {
        places.iter().map(|at| values[*at].clone()).collect::<Vec<_>>().join(",")
    };
    records.rows.iter().map(|record| row(&record.values)).collect()
}

const MOVES: [&str; 7] = [
    "shipment_code",
    "batch_code",
    "from_operator",
    "to_operator",
    "shipped_on",
    "quantity",
    "unit",
];

fn moves(imported: &Imported) -> Vec<String> {
    rows(imported, Table::Shipments, &MOVES)
}

#[test]
fn semicolons_and_subtotals_between_merged_groups() {
    let text = "配送台账;;;;;\n制表单位：甲;;;;;\n送货单号;批号;供货单位;客户名称;送货日期;数量\n\
                1;A;乳业;一小;2026-3-5;50箱\n;;;二小;2026-3-5;60箱\n小计;;;;;110箱\n\
                2;B;乳业;一小;2026-3-6;5箱\n;C;;二小;2026-3-6;\"1,000盒\"\n\n合计：;;;;;1115\n";
    let imported = Case::text("台账.csv", text).import();
    assert_eq!(
        moves(&imported),
        [
            "1,A,乳业,一小,2026-03-05,50,箱",
            "1,A,乳业,二小,2026-03-05,60,箱",
            "2,B,乳业,一小,2026-03-06,5,箱",
            "2,C,乳业,二小,2026-03-06,1000,盒",
        ]
    );
    assert_eq!(left(&imported), [2, 1, 1, 2, 0, 0]);
}

#[test]
fn a_merged_cell_does_not_reach_beyond_a_total() {
    let text = "送货单号,批号,供货单位,收货单位,数量\n1,A,乳业,一小,5箱\n,,,二小,5箱\n小计,,,,10箱\n,,,三小,5箱\n";
    let imported = Case::text("台账.csv", text).import();
    assert_eq!(moves_short(&imported), ["1,A,乳业,一小", "1,A,乳业,二小"]);
    assert_eq!(left(&imported), [0, 0, 1, 1, 0, 1]);
    assert!(problems(&imported).iter().all(|problem| problem.starts_with("5: ")));
}

fn moves_short(imported: &Imported) -> Vec<String> {
    rows(imported, Table::Shipments, &MOVES[..4])
}

#[test]
fn utf16_with_tabs_and_the_half_of_the_day() {
    let text = "运单号\t批次\t发货方\t收货方\t发货时间\t数量\t单位\r\n\
                W1\tA\t甲\t乙\t2026年3月4日 上午8:30\t12\t公斤\r\n\
                W2\tA\t甲\t丙\t2026年3月4日下午2时05分\t1.5\t吨\r\n\
                W3\tA\t甲\t丙\t2026年3月4日 24:00\t2\t斤\r\n";
    let bytes = [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes));
    let case = Case { bytes: bytes.collect(), ..Case::text("x.txt", "") };
    assert_eq!(
        moves(&case.import()),
        [
            "W1,A,甲,乙,2026-03-04T08:30,12,kg",
            "W2,A,甲,丙,2026-03-04T14:05,1.5,t",
            "W3,A,甲,丙,2026-03-04T23:59,2,斤",
        ]
    );
}

#[test]
fn two_rows_of_headings_and_a_unit_in_the_heading() {
    let text = "三月送货,,,,,\n单号,批号,发货,,收货,,数量（箱）\n,,单位,时间,单位,时间,\n\
                D1,A,甲,2026-3-4,乙,2026-3-5,\"1,200\"\n";
    let imported = Case::text("x.csv", text).import();
    assert_eq!(moves(&imported), ["D1,A,甲,乙,2026-03-04,1200,箱"]);
    assert_eq!(rows(&imported, Table::Shipments, &["received_on"]), ["2026-03-05"]);
    assert_eq!(left(&imported), [1, 0, 2, 0, 0, 0]);
}

#[test]
fn bars_and_dates_whose_year_only_the_title_says() {
    let text = "配送表（2026年3月）|||||\n单号|批号|供应商|学校|送货日期|数量\n\
                1|A|甲|一小|3/4|5箱\n2|A|甲|二小|3月5日|6箱\n3|A|甲|二小|13月5日|6箱\n";
    let imported = Case::text("x.csv", text).import();
    assert_eq!(
        moves(&imported),
        ["1,A,甲,一小,2026-03-04,5,箱", "2,A,甲,二小,2026-03-05,6,箱", "3,A,甲,二小,,6,箱",]
    );
    assert_eq!(problems(&imported).len(), 1);
    // Without the line of the profile no year is made up.
    let text = text.replace("2026年", "");
    let imported = Case::text("x.csv", &text).import();
    assert!(moves(&imported).iter().all(|row| row.contains(",,")), "{:?}", moves(&imported));
    assert_eq!(problems(&imported).len(), 3);
}

#[test]
fn numbers_of_days_and_codes_kept_from_being_numbers() {
    let text = "出库单号,批号,发货单位,收货单位,出库日期,数量\n\
                \"=\"\"0012\"\"\",007,甲,乙,46085,５ 公斤\n0013,007,甲,乙,46085.75,0.5kg\n";
    assert_eq!(
        moves(&Case::text("x.csv", text).import()),
        ["0012,007,甲,乙,2026-03-04,5,kg", "0013,007,甲,乙,2026-03-04T18:00,0.5,kg"]
    );
}

#[test]
fn printed_pages_repeat_title_and_header_and_end_in_signatures() {
    let page = "学校配送单,,,,\n送货单号,批号,供货者,收货者,数量\n";
    let text = format!(
        "{page}1,A,甲,一小,5箱\n第1页,,,,\n{page}2,A,甲,二小,6箱\n\
         制表人：张三,,审核：李四,,\n以上数据截至3月12日,,,,\n联系电话 0532-1,,,,\n"
    );
    let imported = Case::text("x.csv", &text).import();
    assert_eq!(moves_short(&imported), ["1,A,甲,一小", "2,A,甲,二小"]);
    assert_eq!(left(&imported), [2, 0, 2, 0, 4, 0]);
}

#[test]
fn a_section_between_rows_is_no_record_and_is_not_filled_down() {
    let text =
        "供货单位,批号,收货单位,数量\n甲,A,一小,5箱\n,A,二小,5箱\n二、蔬菜类,,,\n,B,一小,5kg\n";
    let imported = Case::text("台账.csv", text).import();
    assert_eq!(moves_short(&imported), ["台账-2,A,甲,一小", "台账-3,A,甲,二小"]);
    assert_eq!(left(&imported), [0, 0, 1, 0, 0, 2]);
}

#[test]
fn a_date_and_its_time_in_two_columns_by_one_edit() {
    let text = "送货单号,批号,供货单位,收货单位,送货日期,时刻,数量(kg)\n\
                1,A,甲,乙,2026/3/4,8:30,10\n2,A,甲,乙,2026/3/4,下午3点半,10\n";
    let edits =
        [("shipped_on = \"送货日期\"", "shipped_on = { heading = \"送货日期\", then = \"时刻\" }")];
    assert_eq!(
        moves(&Case::text("x.csv", text).edit(&edits).import()),
        ["1,A,甲,乙,2026-03-04T08:30,10,kg", "2,A,甲,乙,2026-03-04T15:30,10,kg"]
    );
}

#[test]
fn purchases_of_one_school_name_the_receiver_above_the_header() {
    let text = "单位名称：一小食堂,,,,\n进货日期,品名,批号,供应商名称,数量\n\
                2026.3.4,豆干,A,豆制品厂,5斤\n2026.3.5,豆干,,豆制品厂,6斤\n";
    // Who keeps the file is only proposed: without the edit there is no table of shipments.
    let sheets = Sheet::read_bytes("进货.csv", text.as_bytes()).unwrap();
    let error = Profile::parse(&guess(&sheets).to_toml()).unwrap_err().to_string();
    assert_eq!(error, "failed to use the profile: shipments needs to_operator");
    let edits = [("#? to_operator = ", "to_operator = ")];
    let imported = Case::text("进货.csv", text).edit(&edits).import();
    let columns = [
        "shipment_code",
        "batch_code",
        "from_operator",
        "to_operator",
        "received_on",
        "product_code",
    ];
    assert_eq!(
        rows(&imported, Table::Shipments, &columns),
        ["进货-3,A,豆制品厂,一小食堂,2026-03-04,豆干"]
    );
    // The row without a batch is no record, and is not taken for the batch above.
    assert_eq!(
        problems(&imported),
        ["4: shipments.batch_code (column C): found \"\", expected a value"]
    );
}

#[test]
fn one_file_of_ins_and_outs_feeds_two_tables() {
    let text = "单据号,类型,批号,对方单位,日期,数量\n1,入库,A,甲,2026-3-4,10箱\n2,出库,A,乙,2026-3-5,4箱\n\
                3,报损,A,,2026-3-6,1箱\n4,盘点,A,,2026-3-6,1箱\n合计,,,,,16箱\n";
    let profile = r#"
        [[sheet]]
        totals = ["合计"]
        [[sheet.into]]
        table = "shipments"
        when = { heading = "类型", is = ["入库"] }
        shipment_code = "单据号"
        batch_code = "批号"
        from_operator = { heading = "对方单位", named = "operator" }
        to_operator = { constant = "仓库", named = "operator" }
        received_on = "日期"
        quantity = "数量"
        [[sheet.into]]
        table = "shipments"
        when = { heading = "类型", is = ["出库"] }
        shipment_code = "单据号"
        batch_code = "批号"
        from_operator = { constant = "仓库", named = "operator" }
        to_operator = { heading = "对方单位", named = "operator" }
        shipped_on = "日期"
        quantity = "数量"
        [[sheet.into]]
        table = "removals"
        when = { heading = "类型", is = ["报*"] }
        batch_code = "批号"
        operator_code = { constant = "仓库", named = "operator" }
        removed_on = "日期"
        quantity = "数量"
        reason = { heading = "类型", values = { "报损" = "lost" } }
    "#;
    let profile = Profile::parse(profile).unwrap();
    let sheets = Sheet::read_bytes("x.csv", text.as_bytes()).unwrap();
    let imported = apply(&profile, &sheets, &Register::default()).unwrap();
    assert_eq!(
        rows(
            &imported,
            Table::Shipments,
            &["from_operator", "to_operator", "shipped_on", "received_on"]
        ),
        ["甲,仓库,,2026-03-04", "仓库,乙,2026-03-05,"]
    );
    assert_eq!(
        rows(&imported, Table::Removals, &["batch_code", "reason", "quantity"]),
        ["A,lost,1"]
    );
    assert_eq!(imported.report.left_out(Reason::NoTable), 1);
    assert_eq!(left(&imported), [0, 0, 1, 1, 0, 0]);
    assert_eq!(Profile::parse(&profile.to_toml()).unwrap(), profile);
}

#[test]
fn makers_and_dates_of_making_give_the_rows_of_batches() {
    let text = "送货单号,品名,规格,生产批号,生产日期,保质期至,生产企业,供货单位,收货单位,数量,单位\n\
                1,学生奶,200ml,A,2026.3.4,2026.9.4,乳业,乳业,配送,100,箱\n\
                2,学生奶,200ml,A,2026.3.4,,（乳业）,配送,一小,10,箱\n\
                3,学生奶,200ml,A,,,乳业,配送,二小,10,托\n";
    let imported = Case::text("x.csv", text).import();
    let columns = ["batch_code", "product_code", "operator_code", "produced_on", "expires_on"];
    assert_eq!(
        rows(&imported, Table::Batches, &columns),
        ["A,学生奶 200ml,乳业,2026-03-04,2026-09-04", "A,学生奶 200ml,(乳业),2026-03-04,"]
    );
    assert_eq!(
        rows(&imported, Table::Products, &["product_code", "name"]),
        ["学生奶 200ml,学生奶 200ml"]
    );
    let operators = rows(&imported, Table::Operators, &["operator_code", "stage"]);
    assert_eq!(
        operators,
        ["乳业,processor", "配送,warehouse", "一小,other", "(乳业),processor", "二小,other"]
    );
}

#[test]
fn samples_in_the_words_of_a_report() {
    let text = "抽检结果汇总,,,,,,,\n抽样编号,任务来源,样品名称,批号,被抽样单位名称,抽样日期,检验结论,检测项目,检测值\n\
                S1,省级监督抽检,学生奶,A,一小食堂,2026-3-6,不符合,菌落总数,8.2×10^5\n\
                S2,风险监测,学生奶,A,二小食堂,2026-3-6,合格,菌落总数,\n\
                S3,临时,学生奶,A,二小食堂,2026-3-6,存疑,菌落总数,\n";
    let imported = Case::text("x.csv", text).import();
    let columns =
        ["sample_code", "kind", "batch_code", "operator_code", "sampled_on", "verdict", "measured"];
    assert_eq!(
        rows(&imported, Table::Samples, &columns),
        [
            "S1,supervision,A,一小食堂,2026-03-06,fail,8.2×10^5",
            "S2,monitoring,A,二小食堂,2026-03-06,pass,",
            "S3,,A,二小食堂,2026-03-06,,",
        ]
    );
    assert_eq!(problems(&imported).len(), 2);
}

#[test]
fn makings_with_merged_orders_and_words_for_roles() {
    let text = "加工单号,加工单位,加工时间,物料类型,批号,数量\n\
                J1,乳业,2026-3-4 9:00,投料,R1,12吨\n,,,投料,R2,7.5吨\n,,,成品,A,4000箱\n";
    let imported = Case::text("x.csv", text).import();
    let columns = [
        "transformation_code",
        "operator_code",
        "transformed_on",
        "role",
        "batch_code",
        "quantity",
        "unit",
    ];
    assert_eq!(
        rows(&imported, Table::Transformations, &columns),
        [
            "J1,乳业,2026-03-04T09:00,input,R1,12,t",
            "J1,乳业,2026-03-04T09:00,input,R2,7.5,t",
            "J1,乳业,2026-03-04T09:00,output,A,4000,箱",
        ]
    );
}

#[test]
fn english_headings_and_days_before_months() {
    let text = "Delivery Note No.,Lot No.,Ship From,Ship To,Ship Date,Qty,UoM,Remarks\n\
                D1,A,Dairy,School,31/03/2026 7:10 PM,5,kg,\nD2,A,Dairy,School,01/04/2026,\"1,5\",kg,\nTotal,,,,,6.5,,\n";
    let imported = Case::text("x.csv", text).import();
    assert_eq!(
        moves(&imported),
        ["D1,A,Dairy,School,2026-03-31T19:10,5,kg", "D2,A,Dairy,School,2026-04-01,,kg"]
    );
    assert_eq!(problems(&imported).len(), 1);
    // With every day below 13 nobody can say which is the month: nothing is read.
    let text = text.replace("31/03", "03/03");
    let imported = Case::text("x.csv", &text).import();
    assert_eq!(rows(&imported, Table::Shipments, &["shipped_on"]), ["", ""]);
}

#[test]
fn units_that_contradict_and_quantities_that_are_none() {
    let text = "送货单号,批号,供货单位,收货单位,数量,单位\n1,A,甲,乙,5箱,盒\n2,A,甲,乙,约50,箱\n3,A,甲,乙,1.2万,升\n\
                4,A,甲,乙,7,\n5,A,甲,乙,8公斤,\n";
    let imported = Case::text("x.csv", text).import();
    assert_eq!(
        rows(&imported, Table::Shipments, &["quantity", "unit"]),
        [",盒", ",箱", "12000,L", ",", "8,kg"]
    );
    let rows: Vec<char> =
        problems(&imported).iter().filter_map(|text| text.chars().next()).collect();
    assert_eq!(rows, ['2', '3', '5']);
}

#[test]
fn bytes_that_cannot_be_read_never_become_a_code() {
    let mut bytes = "运单号,批次号,供货方,收货方,数量\nW1,A,甲,乙,5箱\nW2,".as_bytes().to_vec();
    bytes.extend_from_slice(b"B\xff,");
    bytes.extend_from_slice("甲,乙,5箱\n".as_bytes());
    let imported = Case { bytes, ..Case::text("x.csv", "") }.import();
    assert_eq!(moves_short(&imported), ["W1,A,甲,乙"]);
    assert_eq!(left(&imported)[5], 1);
}

#[test]
fn a_name_that_two_operators_have_is_neither() {
    let known = "主体编码,名称,环节,区划代码\nX1,示例超市,零售,1\nX2,示例超市,零售,2\nX3,乳业(集团),生产加工,1\n";
    let import = suyuan_csv::Importer::new(&suyuan_csv::ReadOptions::default())
        .bytes(Table::Operators, "operators.csv", known.as_bytes())
        .unwrap()
        .finish()
        .unwrap();
    let register = Register::of(&import.chain);
    let text =
        "送货单号,批号,供货单位,收货单位,数量\n1,A,乳业（集团）,示例超市,5箱\n2,A,x3,X1,5箱\n";
    let imported = Case { register, ..Case::text("x.csv", text) }.import();
    assert_eq!(moves_short(&imported), ["1,A,X3,示例超市", "2,A,X3,X1"]);
    assert!(
        problems(&imported)[0].contains("the register has X1, X2"),
        "{:?}",
        problems(&imported)
    );
    let operators = rows(&imported, Table::Operators, &["operator_code", "region_code"]);
    assert_eq!(operators, ["示例超市,未知", "X1,1", "X3,1"]);
}

#[test]
fn a_profile_that_does_not_fit_says_what_there_is() {
    let text = "单号,数量,数量\n1,2,3\n";
    let sheets = Sheet::read_bytes("x.csv", text.as_bytes()).unwrap();
    let with = |quantity: &str, header: &str| {
        let profile = format!(
            "[[sheet]]\n{header}\n[[sheet.into]]\ntable = \"shipments\"\nquantity = \"{quantity}\"\n\
             shipment_code = \"单号\"\nbatch_code = {{ constant = \"A\" }}\n\
             from_operator = {{ constant = \"A\" }}\nto_operator = {{ constant = \"A\" }}\n"
        );
        let profile = Profile::parse(&profile).unwrap();
        let result = apply(&profile, &sheets, &Register::default());
        result.map_or_else(|error| error.to_string(), |_| "read".to_owned())
    };
    assert!(
        with("件数", "header = [1]").ends_with("no column \"件数\"; there is 单号, 数量, 数量")
    );
    assert!(with("件数", "").contains("no column \"件数\""));
    assert!(with("数量", "").contains("name one as \"#B\""));
    assert_eq!(with("#C", ""), "read");
    for (text, message) in [
        ("[[sheet]]\ncolour = 1", "unknown field `colour`"),
        ("[[sheet]]\nserial_dates = 1901", "expected 1900 or 1904"),
        ("[[sheet]]\n[[sheet.into]]\ntable = \"shops\"", "table \"shops\" is unknown"),
        (
            "[[sheet]]\n[[sheet.into]]\ntable = \"removals\"\ncolour = \"a\"",
            "column \"colour\" is unknown",
        ),
        ("[[sheet]]\n[[sheet.into]]\ntable = \"removals\"\nquantity = 5", "a heading, or a table"),
    ] {
        let error = Profile::parse(text).unwrap_err().to_string();
        assert!(error.contains(message), "{error}");
    }
}

#[test]
fn the_bundled_ledger_is_read_by_its_profile_and_by_its_draft() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/raw");
    let sheets = Sheet::read(&folder.join("deliveries.csv")).unwrap();
    let kept = std::fs::read_to_string(folder.join("deliveries.toml")).unwrap();
    let read = |profile: &str| {
        apply(&Profile::parse(profile).unwrap(), &sheets, &Register::default()).unwrap()
    };
    let imported = read(&kept);
    assert_eq!((imported.report.read(), imported.report.used()), (14, 8));
    assert_eq!(left(&imported), [2, 0, 1, 2, 1, 0]);
    assert_eq!(
        problems(&imported),
        [
            "12: shipments.quantity (column H): found \"约5斤\", expected a number above zero, with its \
             unit or without"
        ]
    );
    let columns = ["batch_code", "from_operator", "to_operator", "shipped_on", "product_code"];
    let rows_of = |imported: &Imported| rows(imported, Table::Shipments, &columns);
    assert_eq!(
        rows_of(&imported)[2..5],
        [
            "XN0304,晨港乳业有限公司,滨海配送中心,2026-03-05T08:00,学生奶 200ml",
            "XN0304,晨港乳业有限公司,湾头小学食堂,2026-03-05T08:00,学生奶 200ml",
            "XN0304,晨港乳业有限公司,石桥小学食堂,2026-03-05T13:30,学生奶 200ml",
        ]
    );
    assert_eq!(rows_of(&imported)[7], "DG0305,海岸豆制品厂,湾头小学食堂,2026-03-06,豆干");
    let guessed = read(&guess(&sheets).to_toml());
    assert_eq!(moves(&guessed), moves(&imported));
    assert_eq!(rows_of(&guessed), rows_of(&imported));
}

#[cfg(feature = "xlsx")]
#[test]
fn a_workbook_of_two_sheets_of_which_one_is_a_ledger() {
    use suyuan_xlsx::{NewCell, NewSheet, write_bytes};
    let mut notes = NewSheet::new("说明");
    notes.row(["填报要求", "请于每月5日前报送"]);
    let mut ledger = NewSheet::new("三月");
    ledger.row(["学生奶台账"]);
    ledger.row(["送货单号", "批号", "供货单位", "收货单位", "送货日期", "数量"]);
    let text = NewCell::text;
    let number = NewCell::Number;
    ledger.cells([
        text("1"),
        number(20260304.0),
        text("甲"),
        text("乙"),
        number(46085.5),
        text("12吨"),
    ]);
    ledger.cells([text(""), text(""), text(""), text("丙"), text("2026/3/5"), text("3吨")]);
    let bytes = write_bytes(&[notes, ledger]).unwrap();
    let imported = Case { bytes, ..Case::text("台账.xlsx", "") }.import();
    assert_eq!(
        moves(&imported),
        ["1,20260304,甲,乙,2026-03-04T12:00,12,t", "1,20260304,甲,丙,2026-03-05,3,t"]
    );
    assert_eq!(imported.report.left_out(Reason::NoProfile), 1);
    assert_eq!(imported.records(Table::Shipments).unwrap().rows[1].place, Some((1, 4)));
}
