use proptest::prelude::*;

use super::*;
use crate::calendar::{ClockRule, ClockRules, Period, WorkingDays};
use crate::quantity::Unit;
use crate::time::{Span, UtcOffset};

fn at(text: &str) -> Minute {
    Span::parse(text, UtcOffset::CHINA).unwrap().earliest
}

fn entry(minute: &str, change: Change) -> Entry {
    Entry::new(at(minute), "Li", change)
}

fn party(operator: &str, kg: i64) -> Party {
    let to_recover = [(Unit::Kilogram, kg.into())].into_iter().collect();
    Party { operator: operator.to_owned(), to_recover, complete: true }
}

fn quantity(operator: &str, fate: Fate, text: &str, unit: Unit) -> Change {
    Change::Quantity {
        operator: operator.to_owned(),
        batch: String::new(),
        fate,
        quantity: text.parse().unwrap(),
        unit,
    }
}

fn notify(operator: &str) -> Change {
    Change::Notify { operator: operator.to_owned(), channel: "telephone".to_owned() }
}

fn announce() -> Change {
    Change::Announce { reference: "notice 1".to_owned() }
}

fn why() -> String {
    "because".to_owned()
}

fn opened(level: Level) -> Case {
    Case::open(entry("2026-02-10T08:00", Change::open("R-1", level, "MAKER", "S-1 fails"))).unwrap()
}

/// Known, started and announced on 10 February with two shops, 60 and 40 kg.
fn running() -> Case {
    let mut case = opened(Level::One);
    for step in [
        entry("2026-02-10T08:30", Change::Start),
        entry(
            "2026-02-10T08:40",
            Change::Concern { parties: vec![party("A", 60), party("B", 40)] },
        ),
        entry("2026-02-10T09:00", announce()),
    ] {
        case.append(step).unwrap();
    }
    case
}

fn standings(case: &Case, now: &str) -> Vec<(String, Option<String>, Standing)> {
    let duties = case.duties(at(now), &ClockRules::china(), &WorkingDays::china());
    let due = |duty: &Duty| duty.due.map(|due| due.to_string());
    duties.iter().map(|duty| (duty.rule.clone(), due(duty), duty.standing)).collect()
}

fn finish(level: u8, due: &str, standing: Standing) -> (String, Option<String>, Standing) {
    (format!("recall.finish.{level}"), Some(due.to_owned()), standing)
}

#[test]
fn a_case_runs_from_knowledge_to_closure() {
    let mut case = running();
    for step in [
        entry("2026-02-10T09:30", notify("A")),
        entry("2026-02-10T09:31", notify("B")),
        entry("2026-02-10T11:00", Change::Acknowledge { operator: "A".to_owned() }),
        entry("2026-02-11T09:00", quantity("A", Fate::Recovered, "45", Unit::Kilogram)),
        entry("2026-02-11T09:05", quantity("A", Fate::Consumed, "30", Unit::Jin)),
        entry("2026-02-12T10:00", quantity("B", Fate::Recovered, "12.5", Unit::Kilogram)),
        entry("2026-02-13T10:00", quantity("B", Fate::Destroyed, "12500", Unit::Gram)),
        entry("2026-02-27T17:00", Change::Finish),
        entry("2026-03-04T10:00", Change::Close),
    ] {
        case.append(step).unwrap();
    }
    assert_eq!((case.status(), case.code(), case.responsible()), (Status::Closed, "R-1", "MAKER"));
    let recovery = case.recovery();
    // A: 45 of 60 back, 15 kg (30 jin) eaten. B: 12.5 of 40 back. In all 57.5 of 100, 72.5 known.
    let text = |d: Option<rust_decimal::Decimal>| d.map(|d| d.to_string()).unwrap_or_default();
    let rows: Vec<_> = recovery
        .operators
        .iter()
        .map(|row| (row.lines[0].outstanding.to_string(), text(row.lines[0].rate)))
        .collect();
    assert_eq!(rows, [("0".into(), "0.75".into()), ("27.5".into(), "0.3125".to_owned())]);
    let total = &recovery.total[0];
    assert_eq!((total.to_recover, total.recovered), (100.into(), "57.5".parse().unwrap()));
    assert_eq!((text(total.rate), text(total.accounted)), ("0.575".into(), "0.725".into()));
    assert_eq!(total.destroyed.to_string(), "12.5");
    // The clock of level one: ten working days over the Spring Festival end on 2 March.
    let duties = standings(&case, "2026-03-05");
    assert_eq!(
        duties[0],
        ("recall.start.1".into(), Some("2026-02-11T08:00".into()), Standing::Met)
    );
    assert_eq!(duties[1], finish(1, "2026-03-02T23:59", Standing::Met));
    // Kept and read back, it is the same case.
    let text = serde_json::to_string(&case).unwrap();
    assert!(text.contains(r#""change":"quantity""#) && text.contains(r#""quantity":"12.5""#));
    assert_eq!(serde_json::from_str::<Case>(&text).unwrap(), case);
}

#[test]
fn what_is_overdue_is_known_to_the_minute() {
    let case = opened(Level::Two);
    let overdue =
        |now: &str| case.overdue(at(now), &ClockRules::china(), &WorkingDays::china()).len();
    assert_eq!((overdue("2026-02-12T08:00"), overdue("2026-02-12T08:01")), (0, 1));
    assert_eq!(overdue("2026-02-10T07:59"), 0, "not opened yet");
    let case = running();
    assert_eq!(standings(&case, "2026-03-02T23:59")[1].2, Standing::Open);
    assert_eq!(standings(&case, "2026-03-03T00:00")[1].2, Standing::Overdue);
}

#[test]
fn a_case_is_judged_by_what_was_known() {
    let mut case = opened(Level::One);
    let late = entry("2026-02-11T07:00", Change::Start).recorded_later(at("2026-02-11T12:00"));
    case.append(late).unwrap();
    // At nine nobody had recorded the start; later it counts from when it happened.
    assert_eq!(standings(&case, "2026-02-11T09:00")[0].2, Standing::Overdue);
    assert_eq!(standings(&case, "2026-02-11T13:00")[0].2, Standing::Met);
    let before = entry("2026-02-11T11:00", Change::Note { text: why() });
    assert!(matches!(case.append(before), Err(CaseError::Time { entry: 2, .. })));
}

#[test]
fn levels_extensions_and_reopening_move_the_end() {
    let mut case = running();
    let extend = |until: &str| Change::Extend {
        until: until.parse().unwrap(),
        approved_by: "county".to_owned(),
        reason: why(),
    };
    case.append(entry("2026-02-28", extend("2026-03-20"))).unwrap();
    assert_eq!(standings(&case, "2026-03-10")[1], finish(1, "2026-03-20T23:59", Standing::Open));
    let shorter = case.append(entry("2026-02-28", extend("2026-03-20")));
    assert!(matches!(shorter, Err(CaseError::Time { what: "the extension", .. })));
    // A change of level ends the extension; the clock still runs from the announcement.
    let regrade = |to| Change::Regrade { to, reason: why() };
    case.append(entry("2026-03-01", regrade(Level::Two))).unwrap();
    assert_eq!(standings(&case, "2026-03-10")[1], finish(2, "2026-03-16T23:59", Standing::Open));
    case.append(entry("2026-03-11", regrade(Level::One))).unwrap();
    assert_eq!(standings(&case, "2026-03-11")[1], finish(1, "2026-03-02T23:59", Standing::Overdue));
    assert!(matches!(
        case.append(entry("2026-03-11", regrade(Level::One))),
        Err(CaseError::SameLevel { .. })
    ));
    for operator in ["A", "B"] {
        case.append(entry("2026-03-11", notify(operator))).unwrap();
    }
    case.append(entry("2026-03-12", Change::Finish)).unwrap();
    case.append(entry("2026-03-13", Change::Close)).unwrap();
    case.append(entry("2026-09-18T08:00", Change::Reopen { reason: why() })).unwrap();
    assert_eq!(case.status(), Status::Announced);
    let duties = standings(&case, "2026-10-10");
    assert_eq!(duties[1], finish(1, "2026-03-02T23:59", Standing::Late));
    // A new round: ten working days over the National Day.
    assert_eq!(duties[2], finish(1, "2026-10-09T23:59", Standing::Overdue));
}

#[test]
fn a_case_that_is_cancelled_asks_for_nothing_more() {
    let mut case = opened(Level::One);
    case.append(entry("2026-02-10T20:00", Change::Cancel { reason: "re-test".into() })).unwrap();
    assert!(standings(&case, "2026-03-01").is_empty());
    case.append(entry("2026-03-01", Change::Reopen { reason: why() })).unwrap();
    assert_eq!(case.status(), Status::Known);
    assert_eq!(standings(&case, "2026-03-01")[0].2, Standing::Overdue);
}

#[test]
fn notices_follow_the_goods() {
    let mut case = running();
    let told = |case: &Case| -> Vec<(String, bool, bool)> {
        let row =
            |(code, n): (&str, &NoticeState)| (code.to_owned(), n.concerned, n.notified.is_some());
        case.notices().map(row).collect()
    };
    case.append(entry("2026-02-10T10:00", notify("A"))).unwrap();
    case.append(entry("2026-02-10T10:01", notify("B"))).unwrap();
    case.append(entry("2026-02-10T12:00", quantity("B", Fate::Recovered, "5", Unit::Kilogram)))
        .unwrap();
    // A's goods become fewer, B leaves, C enters: C alone must be told.
    let parties = vec![party("A", 50), party("C", 7)];
    case.append(entry("2026-02-11", Change::Concern { parties })).unwrap();
    let expected = [("A".into(), true, true), ("B".into(), false, true), ("C".into(), true, false)];
    assert_eq!(told(&case), expected);
    let error = case.append(entry("2026-02-12", Change::Finish)).unwrap_err();
    let text = "failed to take entry 8: 1 operators have no notice, \"C\" first";
    assert_eq!(error.to_string(), text);
    // What B gave back still counts; it has nothing left to give.
    let total = &case.recovery().total[0];
    assert_eq!(
        (total.to_recover.to_string(), total.recovered.to_string()),
        ("57".into(), "5".into())
    );
    // More goods than it was told of: A must be told again.
    let parties = vec![party("A", 51), party("C", 7)];
    case.append(entry("2026-02-12", Change::Concern { parties })).unwrap();
    assert_eq!(told(&case)[0], ("A".to_owned(), true, false));
    // A rule of the caller's own: acknowledged within 48 hours.
    let own = ClockRule {
        id: "recall.acknowledge".into(),
        starts: "notice".into(),
        period: Period::Hours(48),
        from: "2026-01-01".parse().unwrap(),
        until: None,
        source: "plan of the county".into(),
        checked: true,
    };
    case.append(entry("2026-02-12T10:00", notify("A"))).unwrap();
    let rules = ClockRules::china().with(own).unwrap();
    let overdue = case.overdue(at("2026-02-14T10:01"), &rules, &WorkingDays::china());
    assert_eq!((overdue.len(), overdue[0].operator.as_str()), (1, "A"));
    assert_eq!(overdue[0].source, "plan of the county");
}

#[test]
fn wrong_quantities_are_refused_or_struck() {
    let mut case = running();
    let mut take = |change| case.append(entry("2026-02-11", change)).map_err(|e| e.to_string());
    assert_eq!(
        take(quantity("A", Fate::Destroyed, "1", Unit::Kilogram)).unwrap_err(),
        "failed to take entry 4: operator \"A\" would have more kg destroyed and relabelled than \
         recovered"
    );
    assert!(take(quantity("A", Fate::Recovered, "-1", Unit::Kilogram)).is_err());
    assert!(
        take(quantity("Z", Fate::Recovered, "1", Unit::Kilogram)).unwrap_err().contains("\"Z\"")
    );
    take(quantity("A", Fate::Recovered, "500", Unit::Kilogram)).unwrap();
    take(quantity("A", Fate::Destroyed, "20", Unit::Kilogram)).unwrap();
    let strike = |number| Change::Strike { entry: number, reason: why() };
    // 20 kg were destroyed, so not all that came back can be struck.
    assert!(take(strike(4)).unwrap_err().contains("destroyed"));
    take(quantity("A", Fate::Recovered, "50", Unit::Kilogram)).unwrap();
    take(strike(4)).unwrap();
    assert!(take(strike(4)).unwrap_err().ends_with("entry 4 is no quantity that stands"));
    assert!(take(strike(0)).is_err());
    let line = case.recovery().operators[0].lines[0].clone();
    assert_eq!(
        (line.recovered.to_string(), line.destroyed.to_string()),
        ("50".into(), "20".into())
    );
}

#[test]
fn illegal_steps_say_what_was_tried() {
    let mut case = opened(Level::Three);
    let error = case.append(entry("2026-02-10T09:00", announce())).unwrap_err();
    assert_eq!(
        error.to_string(),
        "failed to take entry 1: a case that is known cannot be announced"
    );
    let early = case.append(entry("2026-02-10T07:00", Change::Start));
    assert!(matches!(early, Err(CaseError::Time { .. })));
    let nobody = Entry::new(at("2026-02-10T09:00"), " ", Change::Start);
    assert!(matches!(case.append(nobody), Err(CaseError::Missing { what: "who", .. })));
    assert_eq!(case.log().len(), 1, "what is refused leaves nothing behind");
    assert!(matches!(Case::replay([]), Err(CaseError::Empty)));
    assert!(matches!(
        Case::open(entry("2026-02-10", Change::Start)),
        Err(CaseError::Opening { entry: 0 })
    ));
    let twice = vec![party("A", 1), party("A", 2)];
    let twice = case.append(entry("2026-02-10T09:00", Change::Concern { parties: twice }));
    assert!(matches!(twice, Err(CaseError::Twice { .. })));
}

/// Steps in any order, most of them illegal somewhere.
fn steps() -> impl Strategy<Value = Vec<(u8, u8, u8)>> {
    proptest::collection::vec((0_u8..15, 0_u8..3, 1_u8..30), 0..40)
}

fn step(kind: u8, who: u8, much: u8) -> Change {
    let operator = ["A", "B", "C"][usize::from(who)];
    let level = [Level::One, Level::Two, Level::Three][usize::from(who)];
    let kg = i64::from(much);
    match kind {
        0 => Change::Start,
        1 => announce(),
        2 | 3 => notify(operator),
        4 => Change::Acknowledge { operator: operator.to_owned() },
        5..=7 => {
            let fate = [Fate::Recovered, Fate::Destroyed, Fate::Consumed][usize::from(kind - 5)];
            quantity(operator, fate, &kg.to_string(), Unit::Kilogram)
        }
        8 => Change::Regrade { to: level, reason: why() },
        9 => Change::Finish,
        10 => Change::Close,
        11 => Change::Reopen { reason: why() },
        12 => Change::Strike { entry: usize::from(much), reason: why() },
        13 => Change::Cancel { reason: why() },
        _ => Change::Concern { parties: vec![party(operator, kg), party("D", kg)] },
    }
}

proptest! {
    /// Whatever is refused changes nothing, what was taken replays to the same case, every part of
    /// a log replays, and the invariants of quantities hold.
    #[test]
    fn any_log_that_was_taken_replays(steps in steps()) {
        let mut case = opened(Level::Two);
        for (minute, (kind, who, much)) in (1..).zip(steps) {
            let before = case.clone();
            let happened = case.known().plus(minute * 600);
            if case.append(Entry::new(happened, "Li", step(kind, who, much))).is_err() {
                prop_assert_eq!(&case, &before);
            }
            prop_assert_eq!(&case, &Case::replay(case.log().to_vec()).unwrap());
            let known = case.as_known_at(happened);
            prop_assert_eq!(known.as_ref(), Some(&case));
            for row in case.recovery().operators {
                for line in row.lines {
                    prop_assert!(line.destroyed + line.relabelled <= line.recovered);
                    prop_assert!(!line.consumed.is_sign_negative());
                }
            }
        }
        let text = serde_json::to_string(&case).unwrap();
        prop_assert_eq!(serde_json::from_str::<Case>(&text).unwrap(), case);
    }
}
