//! Scores worked out by hand, and against plain recursion and plain closure.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::collections::{BTreeMap, BTreeSet};

use common::{ids, network, weights};
use proptest::prelude::*;
use suyuan_fcl::{Mode, Network, Parameters, Relation, Tracing};

const BOTH: [Mode; 2] = [Mode::Exact, Mode::Compatible];

/// Two farms, a mill and two shops: f1 -> mill -> s1 by r: a>c, f2 -> mill -> s2 by b>d.
fn mill() -> Network {
    network(
        "a F1 M 2026-03-01, b F2 M 2026-03-05, c M S1 2026-03-03, d M S2 2026-03-06",
        "a>c, b>d",
    )
}

fn deliveries(tracing: &Tracing, id: &str) -> String {
    tracing.forward_of_delivery(id).unwrap().deliveries.join(" ")
}

fn score(network: &Network, parameters: &Parameters, mode: Mode, id: &str) -> f64 {
    let scores = network.score(parameters, mode).unwrap();
    match scores.station(id) {
        Some(station) => station.score,
        None => scores.delivery(id).unwrap().score,
    }
}

#[test]
fn a_cycle_is_complete_in_exact_mode_alone() {
    let cycle = network("d1 a b, d2 b c, d3 c a, y c Y, x a X", "d1>d2, d2>d3, d2>y, d3>d1, d3>x");
    let none = Parameters::default();
    let exact = cycle.tracing(&none, Mode::Exact).unwrap();
    for id in ["d1", "d2", "d3"] {
        assert_eq!(deliveries(&exact, id), "d1 d2 d3 y x", "{id}");
        assert_eq!(exact.backward_of_delivery(id).unwrap().deliveries, ids("d1 d2 d3"), "{id}");
    }
    assert_eq!(deliveries(&exact, "y"), "");
    // The desktop begins at station b, with d2: its d3 is remembered without y, and d1 met on the
    // way is remembered when it knows of d2 and d3 alone.
    let desktop = cycle.tracing(&none, Mode::Compatible).unwrap();
    assert_eq!(deliveries(&desktop, "d2"), "d1 d2 d3 y x");
    assert_eq!(deliveries(&desktop, "d3"), "d1 d2 d3 x");
    assert_eq!(deliveries(&desktop, "d1"), "d2 d3");
    let mut cases = Parameters { station_weights: weights("Y=1"), ..Parameters::default() };
    cases.delivery_observed = ids("d3");
    assert_eq!(score(&cycle, &cases, Mode::Exact, "d3"), 1.0);
    assert_eq!(score(&cycle, &cases, Mode::Compatible, "d3"), 0.0);
    assert!(cycle.score(&cases, Mode::Exact).unwrap().station("Y").unwrap().forward);
    assert!(!cycle.score(&cases, Mode::Compatible).unwrap().station("Y").unwrap().forward);
}

#[test]
fn a_contaminated_station_passes_on_what_came_before() {
    let mut set = Parameters { station_cross_contamination: ids("M"), ..Parameters::default() };
    for mode in BOTH {
        set.enforce_temporal_order = true;
        let tracing = mill().tracing(&set, mode).unwrap();
        assert_eq!(deliveries(&tracing, "a"), "c d");
        assert_eq!(deliveries(&tracing, "b"), "d", "b came after c had left");
        set.enforce_temporal_order = false;
        assert_eq!(deliveries(&mill().tracing(&set, mode).unwrap(), "b"), "c d");
    }
}

#[test]
fn contaminated_deliveries_share_what_they_went_into() {
    let mut set = Parameters { delivery_cross_contamination: ids("a b"), ..Parameters::default() };
    for mode in BOTH {
        set.enforce_temporal_order = true;
        let tracing = mill().tracing(&set, mode).unwrap();
        assert_eq!(deliveries(&tracing, "a"), "c d");
        assert_eq!(deliveries(&tracing, "b"), "d");
        set.enforce_temporal_order = false;
        assert_eq!(deliveries(&mill().tracing(&set, mode).unwrap(), "b"), "c d");
        // One alone meets nothing.
        let one = Parameters { delivery_cross_contamination: ids("a"), ..Parameters::default() };
        assert_eq!(deliveries(&mill().tracing(&one, mode).unwrap(), "a"), "c");
    }
}

#[test]
fn contamination_ends_where_it_is_killed() {
    let cases = Parameters { station_weights: weights("S1=1 S2=1"), ..Parameters::default() };
    for mode in BOTH {
        let station = Parameters { station_kill: ids("M"), ..cases.clone() };
        assert_eq!(score(&mill(), &station, mode, "F1"), 0.0);
        assert_eq!(score(&mill(), &station, mode, "M"), 0.0);
        assert_eq!(score(&mill(), &station, mode, "c"), 0.5);
        let delivery = Parameters { delivery_kill: ids("b"), ..cases.clone() };
        assert_eq!(score(&mill(), &delivery, mode, "F2"), 0.0);
        assert_eq!(score(&mill(), &delivery, mode, "F1"), 0.5);
        assert_eq!(score(&mill(), &delivery, mode, "d"), 0.5);
    }
    // Killing the last delivery: the desktop still counts its recipient for what lies before it.
    let last = Parameters { delivery_kill: ids("d"), ..cases };
    assert_eq!(score(&mill(), &last, Mode::Exact, "b"), 0.0);
    assert_eq!(score(&mill(), &last, Mode::Compatible, "b"), 0.5);
    // A shop that gets nothing else has no score at all there.
    assert_eq!(score(&mill(), &last, Mode::Exact, "S2"), 0.5);
    assert_eq!(score(&mill(), &last, Mode::Compatible, "S2"), 0.0);
}

#[test]
fn weights_above_and_below_zero_are_shared_apart() {
    let set = Parameters {
        station_weights: weights("S1=3 S2=-1"),
        delivery_weights: weights("d=-0.5 a=1"),
        ..Parameters::default()
    };
    // Positive 4, negative 1.5; shares are of 4.
    for mode in BOTH {
        let scores = mill().score(&set, mode).unwrap();
        let f1 = scores.station("F1").unwrap();
        assert_eq!((f1.score, f1.positive, f1.negative), (1.0, 1.0, 0.0));
        let f2 = scores.station("F2").unwrap();
        assert_eq!((f2.score, f2.positive, f2.negative), (-1.5 / 4.0, 0.0, 1.0));
        assert_eq!(f2.normalized, -0.375);
        let m = scores.station("M").unwrap();
        assert_eq!((m.score, m.positive, m.negative), (1.5 / 4.0, 0.75, 1.0));
        let d = scores.delivery("d").unwrap();
        assert_eq!((d.score, d.negative), (-0.375, 1.0));
        let c = scores.delivery("c").unwrap();
        assert_eq!((c.score, c.positive), (0.75, 0.75));
    }
}

#[test]
fn merged_stations_are_one() {
    let set = Parameters {
        station_weights: weights("S1=1 S2=1 both=2"),
        merged_stations: vec![("both".to_owned(), ids("S1 S2"))],
        station_observed: ids("both"),
        ..Parameters::default()
    };
    let exact = mill().score(&set, Mode::Exact).unwrap();
    // A weight on the merged station stands for those of its members, whose scores are its.
    assert_eq!(exact.station("F1").unwrap().score, 1.0);
    assert_eq!(exact.station("both").unwrap().score, 1.0);
    assert_eq!(exact.station("S1").unwrap().score, 1.0);
    assert!(exact.station("F1").unwrap().backward && exact.delivery("c").unwrap().backward);
    // The desktop shows no members: the merged station has its own weight alone.
    let desktop = mill().score(&set, Mode::Compatible).unwrap();
    assert_eq!(desktop.station("F1").unwrap().score, 1.0);
    assert_eq!(desktop.station("both").unwrap().score, 1.0);
    assert_eq!(desktop.station("S1").unwrap().score, 0.0);
    assert!(desktop.station("F2").unwrap().backward);
    // Without one it has the sum of its members' weights, and what is set on all of them.
    let mut joined = Parameters { station_weights: weights("S1=1 S2=2 F1=1"), ..set.clone() };
    joined.station_observed = ids("S1");
    let desktop = mill().score(&joined, Mode::Compatible).unwrap();
    assert_eq!(desktop.station("both").unwrap().score, 0.75);
    assert!(!desktop.station("F2").unwrap().backward);
    joined.station_observed = ids("S2 S1");
    let desktop = mill().score(&joined, Mode::Compatible).unwrap();
    assert!(desktop.station("F2").unwrap().backward);
    // A member said twice is one member.
    let mut twice = joined.clone();
    twice.merged_stations = vec![("both".to_owned(), ids("S1 S2 S1"))];
    for mode in BOTH {
        assert_eq!(score(&mill(), &twice, mode, "both"), 0.75);
    }
    // A weight of 0 is one.
    joined.station_weights = weights("S1=1 both=0 F1=1");
    assert_eq!(score(&mill(), &joined, Mode::Compatible, "both"), 0.0);
    assert_eq!(score(&mill(), &joined, Mode::Compatible, "F1"), 1.0);
}

#[test]
fn a_merge_with_trade_inside_counts_itself_twice_at_the_desktop() {
    // F sends to A, A to B; A and B are one.
    let inside = network("a F A, b A B, c B S", "a>b, b>c");
    let set = Parameters {
        station_weights: weights("AB=1 S=1"),
        merged_stations: vec![("AB".to_owned(), ids("A B"))],
        ..Parameters::default()
    };
    assert_eq!(score(&inside, &set, Mode::Exact, "AB"), 1.0);
    assert_eq!(score(&inside, &set, Mode::Compatible, "AB"), 1.5);
}

#[test]
fn lots_have_the_scores_of_what_they_reached() {
    let mut lots = mill();
    for (delivery, lot) in lots.deliveries.iter_mut().zip(["L1", "L2", "L3", "L3"]) {
        delivery.lot_id = lot.into();
    }
    let set = Parameters { station_weights: weights("S1=1 S2=3"), ..Parameters::default() };
    for mode in BOTH {
        let scores = lots.score(&set, mode).unwrap();
        let of = |id: &str| scores.delivery(id).unwrap().lot_score;
        assert_eq!(
            (of("a"), of("b"), of("c"), of("d")),
            (Some(0.25), Some(0.75), Some(1.0), Some(1.0))
        );
        assert_eq!(scores.station("M").unwrap().max_lot_score, Some(1.0));
        assert_eq!(scores.station("S1").unwrap().max_lot_score, None);
        assert_eq!(mill().score(&set, mode).unwrap().delivery("a").unwrap().lot_score, None);
    }
}

#[test]
fn ids_without_a_record_do_nothing() {
    let set = Parameters {
        station_weights: weights("nowhere=1 S1=1"),
        station_kill: ids("nowhere"),
        delivery_cross_contamination: ids("nothing a"),
        station_observed: ids("nowhere"),
        ..Parameters::default()
    };
    assert_eq!(score(&mill(), &set, Mode::Exact, "F1"), 1.0);
    // The desktop's denominator has it.
    assert_eq!(score(&mill(), &set, Mode::Compatible, "F1"), 0.5);
    for mode in BOTH {
        let empty = Network::default().score(&set, mode).unwrap();
        assert!(empty.stations.is_empty() && empty.deliveries.is_empty());
    }
}

#[test]
fn a_long_chain_needs_no_call_stack_and_a_limit_ends_the_desktops_way() {
    let mut long = Network::default();
    let count = 60_000;
    for at in 0..=count {
        let id = format!("s{at}");
        long.stations.push(suyuan_fcl::Station { id, ..Default::default() });
    }
    for at in 0..count {
        let (id, from, to) = (format!("d{at}"), format!("s{at}"), format!("s{}", at + 1));
        long.deliveries.push(suyuan_fcl::Delivery { id, from, to, ..Default::default() });
        if at > 0 {
            let (from, to) = (format!("d{}", at - 1), format!("d{at}"));
            long.relations.push(Relation { from, to });
        }
    }
    let last = format!("s{count}=1");
    let set = Parameters { station_weights: weights(&last), ..Parameters::default() };
    assert_eq!(score(&long, &set, Mode::Exact, "s0"), 1.0);
    let error = long.score(&set, Mode::Compatible).unwrap_err();
    assert_eq!(
        error.to_string(),
        "failed to trace as the desktop does: more than 50000000 deliveries in the traces it remembers"
    );
}

// ---- oracles ----

/// A network and settings, small and dense enough for cycles.
#[derive(Clone, Debug)]
struct Case {
    network: Network,
    set: Parameters,
}

fn case() -> impl Strategy<Value = Case> {
    let station = 0..6_usize;
    let date =
        prop_oneof![Just(String::new()), (1..9_u32).prop_map(|day| format!("2026-03-0{day}"))];
    let delivery = (station.clone(), station.clone(), date.clone(), date);
    let some = |count: usize| prop::collection::vec(0..count, 0..4);
    (
        prop::collection::vec(delivery, 1..12),
        prop::collection::vec((0..12_usize, 0..12_usize), 0..16),
        prop::collection::vec((0..7_usize, -3..4_i32), 0..5),
        prop::collection::vec((0..12_usize, -3..4_i32), 0..4),
        (some(7), some(12), some(7), some(12)),
        (any::<bool>(), prop::collection::vec(0..6_usize, 0..4)),
    )
        .prop_map(|(deliveries, relations, stations, weighted, lists, (dated, merged))| {
            let mut network = Network::default();
            for at in 0..6 {
                let id = format!("s{at}");
                network.stations.push(suyuan_fcl::Station { id, ..Default::default() });
            }
            for (at, (from, to, departure, arrival)) in deliveries.into_iter().enumerate() {
                let (id, from, to) = (format!("d{at}"), format!("s{from}"), format!("s{to}"));
                let delivery =
                    suyuan_fcl::Delivery { id, from, to, departure, arrival, ..Default::default() };
                network.deliveries.push(delivery);
            }
            for (from, to) in relations {
                let found = (network.deliveries.get(from), network.deliveries.get(to));
                if let (Some(first), Some(second)) = found
                    && first.to == second.from
                    && from != to
                {
                    let (from, to) = (first.id.clone(), second.id.clone());
                    network.relations.push(Relation { from, to });
                }
            }
            let name = |kind: &str, at: usize| {
                if kind == "s" && at == 6 { "m".to_owned() } else { format!("{kind}{at}") }
            };
            let names = |kind: &'static str, list: Vec<usize>| {
                list.into_iter().map(|at| name(kind, at)).collect::<Vec<_>>()
            };
            let weights = |kind: &'static str, list: Vec<(usize, i32)>| {
                let mut map = BTreeMap::new();
                map.extend(list);
                map.into_iter().map(|(at, w)| (name(kind, at), f64::from(w))).collect()
            };
            let merged = if merged.is_empty() {
                Vec::new()
            } else {
                vec![("m".to_owned(), names("s", merged))]
            };
            let set = Parameters {
                enforce_temporal_order: dated,
                station_weights: weights("s", stations),
                delivery_weights: weights("d", weighted),
                station_cross_contamination: names("s", lists.0),
                delivery_cross_contamination: names("d", lists.1),
                station_kill: names("s", lists.2),
                delivery_kill: names("d", lists.3),
                merged_stations: merged,
                ..Parameters::default()
            };
            Case { network, set }
        })
}

/// Ours, said plainly: every pair of deliveries that are linked, closed by repetition.
fn plain(case: &Case) -> BTreeMap<String, BTreeSet<String>> {
    let Case { network, set } = case;
    let one = |id: &str| {
        let into = set.merged_stations.iter().find(|(_, members)| members.iter().any(|m| m == id));
        into.map_or(id, |(merged, _)| merged).to_owned()
    };
    let has = |list: &[String], id: &str| list.iter().any(|other| other == id);
    let killed = |station: &str| set.station_kill.iter().any(|other| one(other) == station);
    let may = |first: &suyuan_fcl::Delivery, second: &suyuan_fcl::Delivery| {
        !set.enforce_temporal_order || first.arrives().may_precede(second.departs())
    };
    let mut pairs = BTreeSet::new();
    for first in &network.deliveries {
        for second in &network.deliveries {
            let related =
                |from: &str| network.relations.iter().any(|r| r.from == from && r.to == second.id);
            let meets = network.deliveries.iter().any(|other| {
                other.id != first.id
                    && one(&other.to) == one(&first.to)
                    && has(&set.delivery_cross_contamination, &other.id)
                    && has(&set.delivery_cross_contamination, &first.id)
                    && related(&other.id)
            });
            let station = set
                .station_cross_contamination
                .iter()
                .any(|s| one(s) == one(&first.to) && one(s) == one(&second.from));
            let linked = related(&first.id)
                || first.id != second.id && may(first, second) && (station || meets);
            let open = !has(&set.delivery_kill, &first.id)
                && !killed(&one(&first.to))
                && !killed(&one(&second.from));
            if linked && open {
                pairs.insert((first.id.clone(), second.id.clone()));
            }
        }
    }
    let mut reach: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for delivery in &network.deliveries {
        let mut found = BTreeSet::new();
        loop {
            let before = found.len();
            for (from, to) in &pairs {
                if *from == delivery.id || found.contains(from) {
                    found.insert(to.clone());
                }
            }
            if found.len() == before {
                break;
            }
        }
        reach.insert(delivery.id.clone(), found);
    }
    reach
}

/// The desktop's recursion for a network with relations alone: what each delivery remembers.
fn recursion(network: &Network) -> BTreeMap<String, BTreeSet<String>> {
    fn visit(
        id: &str,
        next: &dyn Fn(&str) -> Vec<String>,
        known: &mut BTreeMap<String, BTreeSet<String>>,
    ) -> BTreeSet<String> {
        if let Some(set) = known.get(id) {
            return set.clone();
        }
        known.insert(id.to_owned(), BTreeSet::new());
        for after in next(id) {
            if after != id {
                known.get_mut(id).unwrap().insert(after.clone());
                let more = visit(&after, next, known);
                known.get_mut(id).unwrap().extend(more);
            }
        }
        known[id].clone()
    }
    let next = |id: &str| {
        let mut seen = Vec::new();
        for relation in network.relations.iter().filter(|relation| relation.from == id) {
            if !seen.contains(&relation.to) {
                seen.push(relation.to.clone());
            }
        }
        seen
    };
    let mut known = BTreeMap::new();
    let mut stations: Vec<&str> = Vec::new();
    let ends = network.deliveries.iter().map(|d| &*d.to);
    for station in ends.chain(network.deliveries.iter().map(|d| &*d.from)) {
        if !stations.contains(&station) {
            stations.push(station);
        }
    }
    for station in stations {
        for delivery in network.deliveries.iter().filter(|d| d.from == station) {
            visit(&delivery.id, &next, &mut known);
        }
    }
    known
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn exact_reach_and_scores_are_those_of_plain_closure(case in case()) {
        let expected = plain(&case);
        let tracing = case.network.tracing(&case.set, Mode::Exact).unwrap();
        for (id, expected) in &expected {
            let found = tracing.forward_of_delivery(id).unwrap();
            // An inner node may lead a delivery inside a merged station back to itself.
            let found: BTreeSet<_> = found.deliveries.into_iter().collect();
            let same: BTreeSet<_> = found.iter().filter(|other| *other != id).collect();
            prop_assert_eq!(same, expected.iter().filter(|other| *other != id).collect(), "{}", id);
        }
        let one = |id: &str| {
            let set = &case.set;
            let into = set.merged_stations.iter().find(|(_, m)| m.iter().any(|m| m == id));
            into.map_or(id, |(merged, _)| merged).to_owned()
        };
        let scores = case.network.score(&case.set, Mode::Exact).unwrap();
        let known = |id: &str| scores.station(id).is_some();
        let station_weights = case.set.station_weights.iter().filter(|(id, _)| known(id));
        let delivery_weights =
            case.set.delivery_weights.iter().filter(|(id, _)| expected.contains_key(id));
        let mut at: BTreeMap<String, f64> = BTreeMap::new();
        let explicit = |id: &str| case.set.station_weights.iter().any(|(other, _)| other == id);
        for (id, weight) in station_weights {
            // A weight on the merged station stands for those of its members.
            if one(id) == *id || !explicit(&one(id)) {
                *at.entry(one(id)).or_default() += weight;
            }
        }
        let all: Vec<f64> = at.values().copied().chain(delivery_weights.clone().map(|w| w.1)).collect();
        let positive: f64 = all.iter().filter(|w| **w > 0.0).sum();
        let negative: f64 = -all.iter().filter(|w| **w < 0.0).sum::<f64>();
        let whole = positive.max(negative);
        let sum = |start: BTreeSet<String>, own: Option<String>| {
            let mut stations: BTreeSet<String> = own.into_iter().collect();
            for delivery in &case.network.deliveries {
                if start.contains(&delivery.id) && !case.set.delivery_kill.contains(&delivery.id) {
                    stations.insert(one(&delivery.to));
                }
            }
            let stations: f64 = stations.iter().filter_map(|id| at.get(id)).sum();
            let deliveries: f64 =
                delivery_weights.clone().filter(|(id, _)| start.contains(id)).map(|w| w.1).sum();
            if whole == 0.0 { 0.0 } else { (stations + deliveries) / whole }
        };
        for delivery in &case.network.deliveries {
            let mut start = expected[&delivery.id].clone();
            start.insert(delivery.id.clone());
            let found = scores.delivery(&delivery.id).unwrap().score;
            prop_assert!((found - sum(start, None)).abs() < 1e-12, "{}", delivery.id);
        }
        for station in &case.network.stations {
            let id = one(&station.id);
            let mut start = BTreeSet::new();
            let killed = case.set.station_kill.iter().any(|other| one(other) == id);
            for delivery in &case.network.deliveries {
                if one(&delivery.from) == id && !killed {
                    start.insert(delivery.id.clone());
                    start.extend(expected[&delivery.id].iter().cloned());
                }
            }
            let found = scores.station(&station.id).unwrap().score;
            prop_assert!((found - sum(start, Some(id))).abs() < 1e-12, "{}", station.id);
        }
    }

    #[test]
    fn the_stack_stands_for_the_recursion(case in case()) {
        let expected = recursion(&case.network);
        let tracing = case.network.tracing(&Parameters::default(), Mode::Compatible).unwrap();
        for (id, expected) in expected {
            let found = tracing.forward_of_delivery(&id).unwrap().deliveries;
            prop_assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), expected, "{}", id);
        }
    }

    #[test]
    fn without_cycles_kills_and_merges_both_ways_agree(case in case()) {
        let mut case = case;
        // Relations and cross contamination go to later deliveries alone.
        let number = |id: &str| id[1..].parse::<usize>().unwrap();
        case.network.relations.retain(|r| number(&r.from) < number(&r.to));
        case.set = Parameters {
            station_weights: case.set.station_weights,
            delivery_weights: case.set.delivery_weights,
            delivery_observed: ids("d0"),
            ..Parameters::default()
        };
        case.set.station_weights.retain(|(id, _)| {
            case.network.deliveries.iter().any(|d| d.from == *id || d.to == *id)
        });
        case.set.delivery_weights.retain(|(id, _)| {
            case.network.deliveries.iter().any(|d| d.id == *id)
        });
        let [exact, desktop] = BOTH.map(|mode| case.network.score(&case.set, mode).unwrap());
        for (exact, desktop) in exact.deliveries.iter().zip(&desktop.deliveries) {
            prop_assert_eq!(
                (exact.score, exact.positive, exact.negative, exact.forward, exact.backward),
                (desktop.score, desktop.positive, desktop.negative, desktop.forward, desktop.backward)
            );
        }
        // A station that its own goods come back to counts itself twice at the desktop, which
        // can change every normalised score.
        for (exact, desktop) in exact.stations.iter().zip(&desktop.stations) {
            let own = case.set.station_weights.iter().any(|(id, _)| *id == exact.id);
            if !own && case.network.deliveries.iter().any(|d| d.from == exact.id || d.to == exact.id) {
                prop_assert_eq!((exact.score, exact.forward), (desktop.score, desktop.forward));
            }
        }
    }
}
