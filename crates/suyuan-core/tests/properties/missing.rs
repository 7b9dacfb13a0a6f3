//! Links that records lack: the engine against the oracle, and what must hold of any inference.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use suyuan_core::chain::missing::{InferenceRules, Inferred, Recipes};
use suyuan_core::model::{Role, TransformationLine};
use suyuan_core::recall::recall;
use suyuan_core::trace::{TraceOptions, gaps, trace_back};

use crate::common::compare::{codes, engine_answer, engine_back};
use crate::common::generate::record_sets;
use crate::common::oracle::missing::{Guess, Inference};
use crate::common::oracle::{Stock, World};
use crate::common::query::Query;
use crate::common::records::Records;
use crate::{cases, check, same};

/// Rules of inference: recipes of any product from any others.
fn rules() -> impl Strategy<Value = Inference> {
    let ratio = prop::sample::select(vec![None, Some("1"), Some("0.4"), Some("2.5")]);
    let recipe = (0..5_u8, 0..5_u8, ratio);
    let recipes = prop_oneof![
        1 => Just(Vec::new()),
        2 => prop::collection::vec(recipe, 1..6),
    ];
    (0..9_u32, any::<bool>(), recipes).prop_map(|(days, fifo, rows)| {
        let mut recipes: BTreeMap<String, BTreeMap<String, _>> = BTreeMap::new();
        for (product, input, ratio) in rows {
            let inputs = recipes.entry(format!("P{product}")).or_default();
            let ratio = ratio.map(|text| text.parse().unwrap());
            let known = inputs.entry(format!("P{input}")).or_insert(ratio);
            if *known != ratio {
                *known = None;
            }
        }
        Inference { days, fifo, recipes }
    })
}

fn engine_rules(rules: &Inference) -> InferenceRules {
    let mut recipes = Recipes::none();
    for (product, inputs) in &rules.recipes {
        for (input, ratio) in inputs {
            recipes.add(product, input, *ratio);
        }
    }
    let engine = InferenceRules::window_days(rules.days).recipes(recipes);
    if rules.fifo { engine.fifo() } else { engine }
}

/// Records some of whose input lines nobody wrote down.
fn holes() -> impl Strategy<Value = (u64, u8)> {
    (any::<u64>(), 0..4_u8)
}

fn with_holes(records: &Records, (seed, share): (u64, u8)) -> Records {
    let mut records = records.clone();
    let mut state = seed;
    records.lines.retain(|line| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        line.role == Role::Output || (state >> 33) % 4 >= u64::from(share)
    });
    records
}

fn guesses(inferred: &Inferred) -> Vec<Guess> {
    let links = inferred.links.iter().map(|link| Guess {
        into: inferred.chain.transformation(link.into).code.to_owned(),
        from: codes(&inferred.chain, link.from),
        fifo: link.rule.fifo,
    });
    let mut links: Vec<Guess> = links.collect();
    links.sort();
    links
}

#[test]
fn inferred_links_and_what_follows_from_them_equal_the_oracle() {
    check(150, (cases(40), holes(), rules()), |((records, raw), holes, rules)| {
        let records = with_holes(&records, holes);
        let chain = records.build().chain;
        if chain.stock_count() == 0 {
            return Ok(());
        }
        let inferred = chain.infer(&engine_rules(&rules)).map_err(|error| error.to_string())?;
        inferred.chain.verify().map_err(|error| error.to_string())?;
        let world = World::new(&records);
        let oracle = world.guesses(&rules);
        same(&format!("links by {rules:?}"), &guesses(&inferred), &oracle)?;
        for raw in &raw {
            let query = raw.query(&world);
            let plain = &world;
            let world = plain.with_guesses(&rules, &oracle, &plain.seeds(&query));
            let chain = &inferred.chain;
            let scope = recall(chain, &query.source(chain), &query.policy()).unwrap();
            let engine = engine_answer(chain, &scope);
            let (answer, _) = world.recall(&query);
            same(&format!("sources of {query:?}"), &engine.sources, &answer.sources)?;
            same(&format!("rows of {query:?}"), &engine.rows, &answer.rows)?;
            let target = raw.target(plain);
            let world = plain.with_guesses(&rules, &oracle, &plain.target(&target));
            let options = TraceOptions::as_of(query.as_of);
            let back = trace_back(chain, &[target.engine_target(chain)], &options).unwrap();
            let answer = world.trace_back(std::slice::from_ref(&target), query.as_of);
            same(&format!("back from {target:?}"), &engine_back(chain, &back), &answer)?;
        }
        Ok(())
    });
}

#[test]
fn a_scope_with_inferred_links_holds_the_one_without() {
    check(100, (cases(40), holes(), rules()), |((records, raw), holes, rules)| {
        let records = with_holes(&records, holes);
        let chain = records.build().chain;
        if chain.stock_count() == 0 {
            return Ok(());
        }
        let world = World::new(&records);
        let inferred = chain.infer(&engine_rules(&rules)).map_err(|error| error.to_string())?;
        let narrower = chain.infer(&engine_rules(&Inference { fifo: true, ..rules.clone() }));
        let wider = chain.infer(&engine_rules(&Inference { fifo: false, ..rules.clone() }));
        let links = |inferred: &Inferred| -> BTreeSet<(Stock, String)> {
            guesses(inferred).into_iter().map(|guess| (guess.from, guess.into)).collect()
        };
        let (narrower, wider) = (narrower.unwrap(), wider.unwrap());
        let into = |inferred: &Inferred| -> BTreeSet<String> {
            links(inferred).into_iter().map(|(_, into)| into).collect()
        };
        same("FIFO narrows", &links(&narrower).is_subset(&links(&wider)), &true)?;
        same("but never to nothing", &into(&narrower), &into(&wider))?;
        for raw in &raw {
            // A window opens once, at the earliest entry: an entry that is inferred earlier can
            // close it earlier.
            let query = Query { carry_days: None, ..raw.query(&world) };
            let plain = recall(&chain, &query.source(&chain), &query.policy()).unwrap();
            let with = &inferred.chain;
            let wide = recall(with, &query.source(with), &query.policy()).unwrap();
            for row in &plain.affected {
                let found = wide.trace.find(row.traced.stock);
                let Some(found) = found else {
                    return Err(format!("{} was lost", chain.stock_label(row.traced.stock)));
                };
                let certain = found.certainty <= row.traced.certainty;
                same("certainty", &(certain && found.minute <= row.traced.minute), &true)?;
            }
            // What was certain without is certain with, and nothing else is.
            let certain = |scope: &suyuan_core::recall::Scope| -> BTreeSet<_> {
                let rows = scope.affected.iter().map(|row| row.traced);
                rows.filter(|row| row.certainty.as_str() == "recorded").map(|r| r.stock).collect()
            };
            same("certain stocks", &certain(&wide), &certain(&plain))?;
        }
        Ok(())
    });
}

#[test]
fn inferred_links_vanish_when_recorded_ones_are_supplied() {
    check(100, (record_sets(40), holes(), rules()), |(records, holes, rules)| {
        let mut records = with_holes(&records, holes);
        let chain = records.build().chain;
        let inferred = chain.infer(&engine_rules(&rules)).map_err(|error| error.to_string())?;
        let mut open = BTreeSet::new();
        for link in &inferred.links {
            let view = inferred.chain.transformation(link.into);
            let (batch, operator) = chain.stock_codes(link.from);
            open.insert(view.code.to_owned());
            records.lines.push(TransformationLine {
                code: view.code.to_owned().into(),
                operator: operator.to_owned().into(),
                role: Role::Input,
                batch: batch.to_owned().into(),
                transformed_on: view.time,
                ..TransformationLine::default()
            });
            if inferred.chain.is_inferred(link.into) {
                for output in view.outputs {
                    let (batch, operator) = chain.stock_codes(output.stock);
                    records.lines.push(TransformationLine {
                        code: view.code.to_owned().into(),
                        operator: operator.to_owned().into(),
                        role: Role::Output,
                        batch: batch.to_owned().into(),
                        transformed_on: view.time,
                        ..TransformationLine::default()
                    });
                }
            }
        }
        let chain = records.build().chain;
        let again = chain.infer(&engine_rules(&rules)).map_err(|error| error.to_string())?;
        let left: BTreeSet<(String, Stock)> = guesses(&again)
            .into_iter()
            .filter(|guess| open.contains(&guess.into))
            .map(|guess| (guess.into, guess.from))
            .collect();
        // A product of the recipe that nobody held is asked for still, and only it.
        let strangers = left.iter().filter(|(_, stock)| {
            let product = chain.find_batch(&stock.0).ok().and_then(|id| chain.batch(id).product);
            product.is_some()
        });
        let strangers: Vec<_> = strangers.collect();
        same("links left", &strangers, &Vec::new())
    });
}

#[test]
fn gaps_settle_what_is_downstream_of_them() {
    check(60, (record_sets(40), holes(), rules()), |(records, holes, rules)| {
        let records = with_holes(&records, holes);
        let chain = records.build().chain;
        let world = World::new(&records);
        let found = gaps(&chain, &engine_rules(&rules));
        for gap in &found.gaps {
            let seeds: Vec<_> = gap
                .stocks
                .iter()
                .map(|stock| codes(&chain, *stock))
                .map(|stock| {
                    let first = world.first(&stock);
                    (stock, first.unwrap_or(suyuan_core::time::Minute::UNBOUNDED_PAST))
                })
                .collect();
            let rules = crate::common::oracle::trace::Rules::as_of(
                suyuan_core::time::Minute::UNBOUNDED_FUTURE,
            );
            let reached = world.forward(&seeds, &rules).since.len() as u64;
            same("settles", &gap.settles, &reached)?;
        }
        let ranked = found.asks.is_sorted_by(|a, b| a.settles >= b.settles);
        let counted: usize = found.asks.iter().map(|ask| ask.gaps).sum();
        same("asks", &(ranked, counted), &(true, found.gaps.len()))
    });
}
