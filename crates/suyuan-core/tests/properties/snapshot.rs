//! A chain that was written and read again answers as it did.

use proptest::prelude::*;
use suyuan_core::Error;
use suyuan_core::chain::SupplyChain;

use super::laws::{answers, one_lot, same_lines};
use crate::common::oracle::World;
use crate::common::query::RawQuery;
use crate::common::records::{Records, build, builder};
use crate::{cases, check, same};

fn bytes(chain: &SupplyChain) -> Vec<u8> {
    let mut bytes = Vec::new();
    chain.write_snapshot(&mut bytes).unwrap();
    bytes
}

/// Everything a chain shows of its records and its stocks.
fn shown(chain: &SupplyChain) -> Vec<String> {
    let mut shown = vec![format!("{:?} {}", chain.options(), chain.link_count())];
    shown.extend(
        chain
            .operator_ids()
            .map(|id| format!("{:?} {:?}", chain.operator(id), chain.stocks_at(id))),
    );
    shown.extend(chain.product_ids().map(|id| format!("{:?}", chain.product(id))));
    shown.extend(chain.batch_ids().map(|id| {
        format!("{:?} {:?}", chain.batch(id), chain.stocks_of_batch(id).collect::<Vec<_>>())
    }));
    shown.extend(chain.region_ids().map(|id| format!("{:?}", chain.region(id))));
    shown.extend(chain.shipment_ids().map(|id| format!("{:?}", chain.shipment(id))));
    shown.extend(chain.transformation_ids().map(|id| format!("{:?}", chain.transformation(id))));
    shown.extend(chain.removal_ids().map(|id| format!("{:?}", chain.removal(id))));
    shown.extend(chain.sample_ids().map(|id| {
        let sample = chain.sample(id);
        let found: Vec<_> = chain.find_samples(sample.code).unwrap().collect();
        format!("{sample:?} {found:?}")
    }));
    shown.extend(chain.stock_ids().map(|id| {
        let label = chain.stock_label(id);
        assert_eq!(chain.find_stock_label(&label), Ok(id));
        let flows = (chain.inflows(id), chain.outflows(id));
        format!(
            "{label} {:?} {:?} {:?} {flows:?}",
            chain.first(id),
            chain.begun(id),
            chain.unit(id)
        )
    }));
    shown
}

fn reads_back(chain: &SupplyChain, world: &World, raw: &[RawQuery]) -> Result<SupplyChain, String> {
    let written = bytes(chain);
    same("bytes written twice", &(bytes(chain) == written), &true)?;
    let again = SupplyChain::read_snapshot(&written).map_err(|error| error.to_string())?;
    again.verify().map_err(|error| error.to_string())?;
    same("bytes of what was read", &(bytes(&again) == written), &true)?;
    same_lines(&shown(&again), &shown(chain))?;
    same_lines(&answers(&again, world, raw), &answers(chain, world, raw))?;
    Ok(again)
}

#[test]
fn a_snapshot_answers_as_the_chain_it_was_written_of() {
    check(120, cases(40), |(records, raw)| {
        let world = World::new(&records);
        reads_back(&records.build().chain, &world, &raw).map(drop)
    });
}

#[test]
fn an_empty_chain_has_a_snapshot() {
    let chain = Records::default().build().chain;
    let again = SupplyChain::read_snapshot(&bytes(&chain)).unwrap();
    again.verify().unwrap();
    assert_eq!(again.stock_count(), 0);
}

#[test]
fn a_chain_that_grew_has_a_snapshot_and_grows_on_after_it() {
    let tally = std::cell::RefCell::new((0_u32, 0_u32));
    check(120, (one_lot(), any::<u64>()), |((records, raw), seed)| {
        let world = World::new(&records);
        let mut parts = [Vec::new(), Vec::new(), Vec::new()];
        let mut state = seed;
        let all = records.all();
        for record in &all {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            parts[[0, 0, 0, 0, 1, 1, 2, 2][(state >> 33) as usize % 8]].push(*record);
        }
        let first = build(&parts[0]).chain;
        let grow = |chain: &SupplyChain, part| match chain.append(builder(part)) {
            Ok(grown) => Ok(Some(grown.chain)),
            Err(Error::NeedsRebuild { .. }) => Ok(None),
            Err(error) => Err(error.to_string()),
        };
        let Some(second) = grow(&first, &parts[1])? else {
            tally.borrow_mut().1 += 1;
            return Ok(());
        };
        // Questions name what the whole world holds, which is there from the third part on.
        let second_again = reads_back(&second, &world, &[])?;
        let third = grow(&second, &parts[2])?;
        let third_again = grow(&second_again, &parts[2])?;
        same("refusals", &third.is_some(), &third_again.is_some())?;
        let (Some(third), Some(third_again)) = (third, third_again) else {
            tally.borrow_mut().1 += 1;
            return Ok(());
        };
        tally.borrow_mut().0 += 1;
        third_again.verify().map_err(|error| error.to_string())?;
        reads_back(&third, &world, &raw)?;
        same_lines(&answers(&third_again, &world, &raw), &answers(&third, &world, &raw))
    });
    let (grown, refused) = tally.into_inner();
    assert!(grown * 8 > refused, "{grown} grew, {refused} were refused");
}
