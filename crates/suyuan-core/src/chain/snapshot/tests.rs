//! Damage of every kind to a small snapshot: refused or harmless, never a panic.

use super::frame::{self, Section, Sum};
use super::*;
use crate::chain::{BuildOptions, ChainBuilder};
use crate::id::FileId;
use crate::model::{
    Batch, Cleaning, Operator, Pack, Product, Region, RegionLevel, Removal, Role, Sample, Shipment,
    Source, TransformationLine,
};
use crate::quantity::Unit;
use crate::recall::{Policy, RecallSource, recall};
use crate::time::{Minute, Span, UtcOffset};
use crate::trace::{TraceOptions, backward, forward};

fn span(text: &str) -> Span {
    Span::parse(text, UtcOffset::CHINA).unwrap()
}

fn shipment(builder: &mut ChainBuilder, row: [&'static str; 4], days: [&str; 2], kilograms: i64) {
    let [code, batch, from, to] = row;
    let row = Shipment {
        code: code.into(),
        batch: batch.into(),
        from: from.into(),
        to: to.into(),
        shipped_on: span(days[0]),
        received_on: span(days[1]),
        quantity: Some(kilograms.into()),
        unit: Some(Unit::Kilogram),
        ..Shipment::default()
    };
    builder.add_shipment(&row, Source::new(FileId(0), 2)).unwrap();
}

/// A chain with something in every section: an orphan, a contradiction, rows of every table, one
/// row of two reporters, one that may mean two lots.
fn base() -> SupplyChain {
    let mut builder = ChainBuilder::with_options(BuildOptions::default());
    builder.add_file("shipments.csv");
    let region = Region {
        code: "37".into(),
        name: "山东".into(),
        level: Some(RegionLevel::Province),
        population: Some(101_527_453),
        ..Region::default()
    };
    builder.add_region(&region, Source::NONE).unwrap();
    let operator = Operator {
        code: "F".into(),
        name: "farm".into(),
        region: "37".into(),
        latitude: Some("36.06".parse().unwrap()),
        ..Operator::default()
    };
    builder.add_operator(&operator, Source::NONE).unwrap();
    let product = Product {
        code: "P".into(),
        shelf_life_days: Some(30),
        base_unit: Some(Unit::Kilogram),
        pack_quantity: Some("0.5".parse().unwrap()),
        ..Product::default()
    };
    builder.add_product(&product, Source::NONE).unwrap();
    let batch = Batch {
        code: "A".into(),
        product: "P".into(),
        operator: "F".into(),
        produced_on: span("2026-03-01"),
        quantity: Some(10.into()),
        unit: Some(Unit::Kilogram),
        origin: "Weihai".into(),
        ..Batch::default()
    };
    builder.add_batch(&batch, Source::NONE).unwrap();
    shipment(&mut builder, ["W1", "A", "F", "M"], ["2026-03-02", "2026-03-03"], 8);
    // Leaves before it came.
    shipment(&mut builder, ["W2", "A", "M", "S"], ["2026-03-01", "2026-03-04"], 4);
    // From an orphan of the batch.
    shipment(&mut builder, ["W3", "A", "X", "Y"], ["2026-03-05", ""], 1);
    shipment(&mut builder, ["W4", "B", "M", "S"], ["2026-03-06", "2026-03-06"], 3);
    for (role, batch, operator, day) in [
        (Role::Input, "A", "M", "2026-03-04"),
        (Role::Input, "A", "Y", "2026-03-02"),
        (Role::Output, "B", "M", "2026-03-04"),
    ] {
        let line = TransformationLine {
            code: "T".into(),
            operator: operator.into(),
            role,
            batch: batch.into(),
            transformed_on: span(day),
            quantity: Some(5.into()),
            unit: Some(Unit::Kilogram),
            process: "cut".into(),
            ..TransformationLine::default()
        };
        builder.add_transformation_line(&line, Source::new(FileId(0), 3)).unwrap();
    }
    for (line, reporter) in [(4, "seller"), (5, "office")] {
        let removal = Removal {
            batch: "B".into(),
            operator: "S".into(),
            removed_on: span("2026-03-08"),
            quantity: Some(1.into()),
            unit: Some(Unit::Kilogram),
            reporter: reporter.into(),
            ..Removal::default()
        };
        builder.add_removal(&removal, Source::new(FileId(0), line)).unwrap();
    }
    let pack = Pack {
        product: "P".into(),
        batch: "A".into(),
        unit: Unit::Case,
        quantity: 12.into(),
        of_unit: Unit::Kilogram,
    };
    builder.add_pack(&pack, Source::NONE).unwrap();
    for producer in ["F", "G"] {
        let lot = Batch {
            code: "L".into(),
            product: "P".into(),
            operator: producer.into(),
            ..Batch::default()
        };
        builder.add_batch(&lot, Source::NONE).unwrap();
    }
    shipment(&mut builder, ["W5", "L", "S", "Y"], ["2026-03-09", "2026-03-09"], 3);
    let sample = Sample {
        code: "N1".into(),
        batch: "B".into(),
        operator: "S".into(),
        sampled_on: span("2026-03-07"),
        limit: "0.1".into(),
        ..Sample::default()
    };
    builder.add_sample(&sample, Source::NONE).unwrap();
    for day in ["2026-03-01", "2026-03-20"] {
        let cleaning = Cleaning { operator: "M".into(), cleaned_on: span(day) };
        builder.add_cleaning(&cleaning).unwrap();
    }
    builder.build().unwrap().chain
}

/// The chain with more of what it has.
fn grown() -> SupplyChain {
    let mut day = ChainBuilder::new();
    day.add_file("day.csv");
    shipment(&mut day, ["W0", "B", "S", "C"], ["2026-03-09", "2026-03-09"], 1);
    let sample =
        Sample { code: "N0".into(), batch: "B".into(), operator: "C".into(), ..Sample::default() };
    day.add_sample(&sample, Source::NONE).unwrap();
    base().append(day).unwrap().chain
}

fn bytes(chain: &SupplyChain) -> Vec<u8> {
    let mut bytes = Vec::new();
    chain.write_snapshot(&mut bytes).unwrap();
    bytes
}

/// Asks a chain everything: it may answer what it will, but has to answer.
fn ask(chain: &SupplyChain) {
    let options = TraceOptions::default();
    for stock in chain.stock_ids() {
        let _ = (chain.stock_label(stock), chain.ledger(stock, Minute::UNBOUNDED_FUTURE));
        let ahead = forward(chain, &[(stock, Minute::UNBOUNDED_PAST)], &options).unwrap();
        let behind = backward(chain, &[(stock, Minute::UNBOUNDED_FUTURE)], &options).unwrap();
        for reached in chain.stock_ids() {
            let _ = (ahead.path(reached), behind.path(reached));
        }
    }
    let _ = (chain.verify(), chain.link_count());
    for batch in chain.batch_ids() {
        let _ = chain.batch(batch);
        if let Ok(source) = RecallSource::batch(chain, chain.batch(batch).code) {
            let _ = recall(chain, &source, &Policy::default()).unwrap().document(chain);
        }
    }
    let _ = chain.operator_ids().map(|id| chain.operator(id).name.len()).sum::<usize>();
    let _ = chain.product_ids().map(|id| chain.product(id).name.len()).sum::<usize>();
    let _ = chain.region_ids().map(|id| chain.region(id).name.len()).sum::<usize>();
    let _ = chain.shipment_ids().map(|id| chain.shipment(id).code.len()).sum::<usize>();
    let _ =
        chain.transformation_ids().map(|id| chain.transformation(id).inputs.len()).sum::<usize>();
    let _ = chain.removal_ids().map(|id| chain.removal(id).codes.0.len()).sum::<usize>();
    for sample in chain.sample_ids() {
        let code = chain.sample(sample).code.to_owned();
        let _ = chain.find_samples(&code).map(|found| found.count());
    }
    let mut day = ChainBuilder::new();
    shipment(&mut day, ["W9", "B", "S", "F"], ["2026-03-19", "2026-03-19"], 1);
    let _ = chain.append(day).map(|built| built.chain.verify());
}

/// The same sections under a head that fits them.
fn framed(sections: &[Vec<u8>]) -> Vec<u8> {
    let sum =
        |bytes: &Vec<u8>| Sum { length: bytes.len() as u64, checksum: frame::checksum(bytes) };
    let mut all = frame::head(&sections.iter().map(sum).collect::<Vec<_>>());
    sections.iter().for_each(|section| all.extend(section));
    all
}

fn sections(bytes: &[u8]) -> Vec<Vec<u8>> {
    frame::sections(bytes).unwrap().into_iter().map(|range| bytes[range].to_vec()).collect()
}

#[test]
fn the_small_chains_have_something_in_every_section() {
    let (base, grown) = (base(), grown());
    assert!(!base.contradicted.lines.is_empty(), "a line contradicts");
    assert!(!base.shared.shipments.is_empty(), "a shipment may mean two lots");
    assert!(base.stock_ids().any(|stock| base.is_orphan(stock)));
    for chain in [&base, &grown] {
        let again = SupplyChain::read_snapshot(&bytes(chain)).unwrap();
        again.verify().unwrap();
        ask(&again);
        assert_eq!(bytes(&again), bytes(chain));
        // A count alone takes eight bytes.
        let empty: Vec<_> = (0..)
            .zip(sections(&bytes(chain)))
            .filter(|(_, bytes)| bytes.len() <= 8)
            .map(|(at, _): (usize, _)| Section::ALL[at])
            .collect();
        assert_eq!(empty, []);
    }
    assert!(grown.find_samples("N0").is_ok() && grown.find_samples("N1").is_ok());
}

#[test]
fn every_changed_byte_and_every_cut_is_found() {
    for chain in [base(), grown()] {
        let whole = bytes(&chain);
        for at in 0..whole.len() {
            for change in [1, 0x80, 0xff] {
                let mut damaged = whole.clone();
                damaged[at] ^= change;
                assert!(SupplyChain::read_snapshot(&damaged).is_err(), "byte {at}");
            }
            assert!(SupplyChain::read_snapshot(&whole[..at]).is_err(), "cut at {at}");
        }
        let mut longer = whole.clone();
        longer.push(0);
        assert!(SupplyChain::read_snapshot(&longer).is_err());
    }
}

#[test]
fn a_change_under_a_right_checksum_is_refused_or_harmless() {
    let (mut refused, mut read) = (0, 0);
    for chain in [base(), grown()] {
        let whole = sections(&bytes(&chain));
        for section in 0..whole.len() {
            for at in 0..whole[section].len() {
                for change in [1, 2, 0x40, 0x80, 0xff] {
                    let mut damaged = whole.clone();
                    damaged[section][at] ^= change;
                    match SupplyChain::read_snapshot(&framed(&damaged)) {
                        Ok(chain) => {
                            ask(&chain);
                            read += 1;
                        }
                        Err(error) => {
                            assert!(error.to_string().contains("section"), "{error}");
                            refused += 1;
                        }
                    }
                }
            }
            // Cut short, and with something behind it.
            for at in 0..whole[section].len() {
                let mut damaged = whole.clone();
                damaged[section].truncate(at);
                assert!(SupplyChain::read_snapshot(&framed(&damaged)).is_err());
            }
            let mut damaged = whole.clone();
            damaged[section].push(0);
            assert!(SupplyChain::read_snapshot(&framed(&damaged)).is_err());
        }
    }
    assert!(refused > 1_000 && read > 1_000, "{refused} refused, {read} read");
}

#[test]
fn many_changes_under_right_checksums_are_refused_or_harmless() {
    let mut state = 20_260_301_u64;
    let mut random = move |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 33) as usize % below
    };
    for chain in [base(), grown()] {
        let whole = sections(&bytes(&chain));
        for _ in 0..20_000 {
            let mut damaged = whole.clone();
            for _ in 0..1 + random(4) {
                let section = random(damaged.len());
                let bytes = &mut damaged[section];
                let at = random(bytes.len());
                match random(4) {
                    // A word of another value, likely one in range.
                    0 | 1 => {
                        let word = (random(12) as u32).to_le_bytes();
                        let at = at / 4 * 4;
                        let end = (at + 4).min(bytes.len());
                        bytes[at..end].copy_from_slice(&word[..end - at]);
                    }
                    2 => bytes[at] = random(256) as u8,
                    // Two words change places.
                    _ => {
                        let (a, b) = (at / 4 * 4, random(bytes.len()) / 4 * 4);
                        for byte in 0..4 {
                            if a.max(b) + byte < bytes.len() {
                                bytes.swap(a + byte, b + byte);
                            }
                        }
                    }
                }
            }
            if let Ok(chain) = SupplyChain::read_snapshot(&framed(&damaged)) {
                ask(&chain);
            }
        }
    }
}

#[test]
fn a_count_beyond_the_bytes_takes_no_memory() {
    let whole = sections(&bytes(&base()));
    for section in Section::ALL {
        for count in [u64::MAX, u64::from(u32::MAX) - 1, 1 << 40] {
            let mut damaged = whole.clone();
            damaged[*section as usize][..8].copy_from_slice(&count.to_le_bytes());
            // The first number of the section `chain` is no count.
            let read = SupplyChain::read_snapshot(&framed(&damaged));
            assert!(read.is_err() || *section == Section::Chain, "{section:?}");
        }
    }
}

#[test]
fn what_is_no_snapshot_is_told_apart() {
    let whole = bytes(&base());
    let read = |bytes: &[u8]| match SupplyChain::read_snapshot(bytes) {
        Err(Error::Snapshot(error)) => error,
        other => panic!("{other:?}"),
    };
    assert_eq!(read(b""), SnapshotError::Foreign);
    assert_eq!(read(b"code,batch\n"), SnapshotError::Foreign);
    assert_eq!(read(&whole[..10]), SnapshotError::Head);
    let mut newer = whole.clone();
    newer[8] = 6;
    assert_eq!(read(&newer), SnapshotError::Version { found: 6, expected: 5 });
    let (found, expected) = (whole.len() as u64 - 1, whole.len() as u64);
    assert_eq!(read(&whole[..whole.len() - 1]), SnapshotError::Length { found, expected });
    let mut damaged = whole.clone();
    *damaged.last_mut().unwrap() ^= 1;
    assert_eq!(read(&damaged), SnapshotError::Damaged { section: "incoming links" });
}

#[test]
fn the_checksum_does_not_depend_on_pieces() {
    let bytes: Vec<u8> = (0..9_500_000_u32).map(|at| ((at * 7) >> 3) as u8).collect();
    assert_eq!(frame::checksum(&bytes), crc32fast::hash(&bytes));
    assert_eq!(frame::checksum(b"123456789"), 0xcbf4_3926);
}
