//! Pairs of cards that may be one operator.

use std::collections::BTreeMap;
use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};

use serde::{Deserialize, Serialize};

use super::{Aliases, OperatorCard, check_licence, normal_name, normal_text};
use crate::model::check_credit_code;

/// The lowest score that can be asked for: from here on every pair is found.
pub const LEAST_SCORE: u8 = 60;

/// More cards than this under one key are compared by a second key first.
const CROWD: usize = if cfg!(test) { 4 } else { 64 };

/// How many characters two addresses must share from their beginning to be near.
const NEAR_ADDRESS: usize = 6;

/// The fewest characters of a name that may be near another.
const NEAR_NAME: usize = 3;

/// Why two cards may, or may not, be one operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Reason {
    /// One sound unified social credit code: 100 points.
    SameCreditCode,
    /// One code text that is no sound credit code: 30.
    SameCreditText,
    /// One licence number with a sound check digit: 90.
    SameLicence,
    /// One name, less the legal form: 45.
    SameName,
    /// Names of three characters or more that one insertion, deletion or change makes equal: 30.
    NearName,
    /// One address: 35.
    SameAddress,
    /// One address begins with the other, of six characters or more: 15.
    NearAddress,
    /// One region: 10.
    SameRegion,
    /// Two regions: -10.
    OtherRegion,
    /// Two sound credit codes: -50.
    OtherCreditCode,
}

impl Reason {
    /// What it adds to the score.
    #[must_use]
    pub const fn points(self) -> i32 {
        match self {
            Self::SameCreditCode => 100,
            Self::SameCreditText | Self::NearName => 30,
            Self::SameLicence => 90,
            Self::SameName => 45,
            Self::SameAddress => 35,
            Self::NearAddress => 15,
            Self::SameRegion => 10,
            Self::OtherRegion => -10,
            Self::OtherCreditCode => -50,
        }
    }

    /// The name used in results.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SameCreditCode => "same_credit_code",
            Self::SameCreditText => "same_credit_text",
            Self::SameLicence => "same_licence",
            Self::SameName => "same_name",
            Self::NearName => "near_name",
            Self::SameAddress => "same_address",
            Self::NearAddress => "near_address",
            Self::SameRegion => "same_region",
            Self::OtherRegion => "other_region",
            Self::OtherCreditCode => "other_credit_code",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Two cards that may be one operator.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Suggestion {
    /// Place of the one that comes first in the cards given.
    pub first: usize,
    /// Place of the other.
    pub second: usize,
    /// The sum of the reasons' points, from 0 to 100.
    pub score: u8,
    /// Why.
    pub reasons: Vec<Reason>,
}

/// What comparing cards gives.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Matches {
    /// Most points first, then in the order of the cards.
    pub suggestions: Vec<Suggestion>,
    /// Cards whose credit code has a wrong check character, or whose licence a wrong digit.
    pub unsound: Vec<usize>,
}

/// A card in the forms it is compared in.
struct Form {
    code: String,
    credit: String,
    sound: bool,
    licence: String,
    name: Vec<char>,
    address: Vec<char>,
    region: String,
}

fn form(card: &OperatorCard) -> Form {
    let upper = |text: &str| normal_text(text).to_uppercase();
    let mut credit = upper(&card.credit_code);
    let own = upper(&card.code);
    if credit.is_empty() && check_credit_code(&own) == Ok(true) {
        credit = own;
    }
    let licence = upper(&card.licence);
    Form {
        code: card.code.clone(),
        sound: check_credit_code(&credit) == Ok(true),
        credit,
        licence: if check_licence(&licence) == Ok(true) { licence } else { String::new() },
        name: normal_name(&card.name).chars().collect(),
        address: normal_text(&card.address).chars().collect(),
        region: normal_text(&card.region),
    }
}

/// Suggests which cards may be one operator, with scores of at least `least` (not below
/// [`LEAST_SCORE`]). Cards of one code are one operator already and are not compared.
///
/// A score of 60 takes one credit code, one licence, one name or one address, so only cards that
/// share one of these are compared; where more than 64 do, only those that share the beginning of
/// an address or have near names besides. No pair is missed by that, but one: of more than 64
/// cards with one credit code or licence each is paired with the next, so that all hang together
/// without millions of pairs. O(n log n), and a few microseconds a pair compared.
#[must_use]
pub fn suggest(cards: &[OperatorCard], least: u8) -> Matches {
    let forms: Vec<Form> = cards.iter().map(form).collect();
    let least = least.max(LEAST_SCORE);
    let mut matches = Matches::default();
    for (at, card) in cards.iter().enumerate() {
        let licence = normal_text(&card.licence).to_uppercase();
        let credit = check_credit_code(&normal_text(&card.credit_code).to_uppercase()).is_err();
        if credit || check_licence(&licence).is_err() {
            matches.unsound.push(at);
        }
    }
    for (first, second) in candidates(&forms) {
        let (one, other) = (first as usize, second as usize);
        let reasons = reasons(&forms[one], &forms[other]);
        let points: i32 = reasons.iter().map(|reason| reason.points()).sum();
        let score = points.clamp(0, 100) as u8;
        if score >= least && forms[one].code != forms[other].code {
            matches.suggestions.push(Suggestion { first: one, second: other, score, reasons });
        }
    }
    matches.suggestions.sort_by_key(|found| (100 - found.score, found.first, found.second));
    matches
}

fn reasons(one: &Form, other: &Form) -> Vec<Reason> {
    let mut reasons = Vec::new();
    let mut add = |holds: bool, reason| {
        if holds {
            reasons.push(reason);
        }
        holds
    };
    let same_credit = !one.credit.is_empty() && one.credit == other.credit;
    add(same_credit && one.sound, Reason::SameCreditCode);
    add(same_credit && !one.sound, Reason::SameCreditText);
    add(!one.licence.is_empty() && one.licence == other.licence, Reason::SameLicence);
    if !add(!one.name.is_empty() && one.name == other.name, Reason::SameName) {
        add(near_names(&one.name, &other.name), Reason::NearName);
    }
    if !add(!one.address.is_empty() && one.address == other.address, Reason::SameAddress) {
        add(near_addresses(&one.address, &other.address), Reason::NearAddress);
    }
    if !one.region.is_empty() && !other.region.is_empty() {
        let same = add(one.region == other.region, Reason::SameRegion);
        add(!same, Reason::OtherRegion);
    }
    add(one.sound && other.sound && !same_credit, Reason::OtherCreditCode);
    reasons
}

/// Whether at most one insertion, deletion or change makes two names equal.
fn near_names(one: &[char], other: &[char]) -> bool {
    let (short, long) = if one.len() <= other.len() { (one, other) } else { (other, one) };
    if short.len() < NEAR_NAME || long.len() - short.len() > 1 {
        return false;
    }
    let head = short.iter().zip(long).take_while(|(a, b)| a == b).count();
    let (skip_short, skip_long) = if short.len() == long.len() { (1, 1) } else { (0, 1) };
    let tails = (short.get(head + skip_short..), long.get(head + skip_long..));
    head == short.len() || matches!(tails, (Some(a), Some(b)) if a == b)
}

fn near_addresses(one: &[char], other: &[char]) -> bool {
    one.len().min(other.len()) >= NEAR_ADDRESS && (one.starts_with(other) || other.starts_with(one))
}

/// Pairs worth comparing, in order.
fn candidates(forms: &[Form]) -> Vec<(u32, u32)> {
    let mut blocks = Blocks::default();
    for (at, form) in (0_u32..).zip(forms) {
        blocks.add("credit", &form.credit, at);
        blocks.add("licence", &form.licence, at);
        if !form.name.is_empty() {
            blocks.add("name", &form.name, at);
        }
        if !form.address.is_empty() {
            blocks.add("address", &form.address, at);
        }
    }
    let mut pairs = Vec::new();
    let deeper = |block: &[u32], keys: &dyn Fn(&Form) -> Vec<u64>, pairs: &mut Vec<(u32, u32)>| {
        let mut within = Blocks::default();
        for at in block {
            within.keyed.extend(keys(&forms[*at as usize]).into_iter().map(|key| (key, *at)));
        }
        within.each(|block| all_pairs(block, pairs));
    };
    blocks.each(|block| {
        if block.len() <= CROWD {
            all_pairs(block, &mut pairs);
        } else {
            // Of one name, or by chance of one hash: an address, credit code or licence besides.
            // Of one address: near names besides. Credit codes and licences have their own block.
            deeper(block, &|form| vec![key("begin", &begin(&form.address))], &mut pairs);
            deeper(block, &|form| shortened(&form.name), &mut pairs);
            pairs.extend(block.windows(2).map(|pair| (pair[0], pair[1])));
        }
    });
    pairs.sort_unstable();
    pairs.dedup();
    pairs
}

fn begin(address: &[char]) -> Vec<char> {
    address.iter().take(NEAR_ADDRESS).copied().collect()
}

/// A name and all it becomes without one character: names of distance one share one of these.
fn shortened(name: &[char]) -> Vec<u64> {
    let mut keys = vec![key("near", &name)];
    for skip in 0..name.len() {
        let rest: Vec<&char> =
            name.iter().enumerate().filter(|(at, _)| *at != skip).map(|(_, c)| c).collect();
        keys.push(key("near", &rest.as_slice()));
    }
    keys
}

fn all_pairs(block: &[u32], pairs: &mut Vec<(u32, u32)>) {
    for (at, first) in block.iter().enumerate() {
        pairs.extend(block[at + 1..].iter().map(|second| (*first, *second)));
    }
}

/// A key of 64 bits. Two texts of one key are compared without need, and nothing else happens.
fn key(kind: &str, text: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    (kind, text).hash(&mut hasher);
    hasher.finish()
}

/// Places of cards under keys.
#[derive(Default)]
struct Blocks {
    keyed: Vec<(u64, u32)>,
}

impl Blocks {
    fn add<T: Hash + Default + PartialEq>(&mut self, kind: &str, text: &T, at: u32) {
        if *text != T::default() {
            self.keyed.push((key(kind, text), at));
        }
    }

    fn each(mut self, mut take: impl FnMut(&[u32])) {
        self.keyed.sort_unstable();
        self.keyed.dedup();
        for group in self.keyed.chunk_by(|a, b| a.0 == b.0).filter(|group| group.len() > 1) {
            let block: Vec<u32> = group.iter().map(|(_, at)| *at).collect();
            take(&block);
        }
    }
}

/// Another card of an operator.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Elsewhere {
    /// Its place among the cards.
    pub card: usize,
    /// 100 for one that was confirmed or shares the code; else the best score on the way to it.
    pub score: u8,
    /// Whether it was confirmed.
    pub confirmed: bool,
}

/// Where else an operator is: every card of its confirmed codes, then those of each operator that
/// is suggested for one of these, best first. A merchant removed on one platform is found on every other.
#[must_use]
pub fn elsewhere(
    cards: &[OperatorCard],
    matches: &Matches,
    aliases: &Aliases,
    code: &str,
) -> Vec<Elsewhere> {
    let operator = aliases.resolve(code);
    let of = |at: usize| cards.get(at).map(|card| aliases.resolve(&card.code));
    let mut best: BTreeMap<&str, u8> = BTreeMap::new();
    for pair in &matches.suggestions {
        let (Some(first), Some(second)) = (of(pair.first), of(pair.second)) else { continue };
        let other = match (first == operator, second == operator) {
            (true, false) => second,
            (false, true) => first,
            _ => continue,
        };
        let score = best.entry(other).or_default();
        *score = pair.score.max(*score);
    }
    let mut found: Vec<Elsewhere> = cards
        .iter()
        .enumerate()
        .filter_map(|(at, card)| {
            let of = aliases.resolve(&card.code);
            let confirmed = of == operator;
            let score = if confirmed { Some(100) } else { best.get(of).copied() };
            score.map(|score| Elsewhere { card: at, score, confirmed })
        })
        .collect();
    found.sort_by_key(|row| (!row.confirmed, 100 - row.score, row.card));
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn card(code: &str, name: &str, address: &str) -> OperatorCard {
        OperatorCard {
            code: code.to_owned(),
            name: name.to_owned(),
            address: address.to_owned(),
            ..OperatorCard::default()
        }
    }

    fn pairs(cards: &[OperatorCard]) -> Vec<(usize, usize, u8)> {
        let found = suggest(cards, LEAST_SCORE).suggestions;
        found.iter().map(|pair| (pair.first, pair.second, pair.score)).collect()
    }

    #[test]
    fn codes_and_licences_decide() {
        let with = |code: &str, credit: &str, licence: &str| OperatorCard {
            credit_code: credit.to_owned(),
            licence: licence.to_owned(),
            ..card(code, "", "")
        };
        let cards = [
            with("1", "91350100M000100Y43", ""),
            with("2", "９１３５０１００m000100y43", ""),
            with("3", "91350100M000100Y44", ""),
            with("4", "", "JY15308250014109"),
            with("5", "", "jy 1530825 0014109"),
            with("6", "", "JY15308250014100"),
            with("91350100M000100Y43", "", ""),
            with("8", "91350100M000100Y44", ""),
        ];
        assert_eq!(pairs(&cards), [(0, 1, 100), (0, 6, 100), (1, 6, 100), (3, 4, 90)]);
        assert_eq!(suggest(&cards, 95).suggestions.len(), 3);
        // Wrong check characters are said, and decide nothing by themselves.
        assert_eq!(suggest(&cards, 60).unsound, [2, 5, 7]);
    }

    #[test]
    fn names_need_an_address_besides() {
        let cards = [
            card("1", "好味小吃店", "香港中路12号"),
            card("2", "好味小吃", "香港中路12號"),
            card("3", "好味小吃店", "延安路3号"),
            card("4", "好味小吃店有限公司", "香港中路12号2楼"),
            card("5", "别家", "香港中路12号"),
        ];
        // 1 and 2: near name and one address, 65. 1 and 4: one name, near address, 60.
        assert_eq!(pairs(&cards), [(0, 1, 65), (0, 3, 60)]);
        let mut apart = cards.clone();
        (apart[0].region, apart[1].region) = ("370202".to_owned(), "370203".to_owned());
        assert_eq!(pairs(&apart), [(0, 3, 60)], "two regions take ten points off");
    }

    #[test]
    fn what_is_removed_here_is_found_there() {
        let mut cards = vec![
            card("A-1", "好味小吃店", "香港中路12号"),
            card("B-7", "好味小吃店", "香港中路12号"),
            card("C-3", "换名小吃", "香港中路12号"),
            card("D-9", "好味小吃城", "香港中路12号"),
        ];
        cards[2].platform = "C".to_owned();
        let aliases = Aliases::new([("C-3", "A-1")]).unwrap();
        let matches = suggest(&cards, LEAST_SCORE);
        let found = elsewhere(&cards, &matches, &aliases, "C-3");
        let rows: Vec<_> = found.iter().map(|row| (row.card, row.score, row.confirmed)).collect();
        assert_eq!(rows, [(0, 100, true), (2, 100, true), (1, 80, false), (3, 65, false)]);
    }

    fn texts(texts: &'static [&'static str]) -> impl Strategy<Value = String> {
        prop::sample::select(texts).prop_map(str::to_owned)
    }

    fn cards() -> impl Strategy<Value = Vec<OperatorCard>> {
        let names =
            texts(&["", "甲乙丙", "甲乙丙丁", "甲乙丁", "乙丙丁", "戊己庚辛", "戊己庚", "甲"]);
        let addresses = texts(&["", "一二三四五六", "一二三四五六七", "一二三四五", "八九十"]);
        let credits = texts(&["", "", "91350100M000100Y43", "91350100M000100Y44"]);
        let licences = texts(&["", "", "JY15308250014109", "SC15308250014100"]);
        let regions = texts(&["", "370202", "370203"]);
        let card = (0_u16..400, names, addresses, credits, licences, regions).prop_map(
            |(code, name, address, credit_code, licence, region)| OperatorCard {
                code: code.to_string(),
                platform: String::new(),
                name,
                credit_code,
                licence,
                address,
                region,
            },
        );
        proptest::collection::vec(card, 0..60)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        /// Against every pair compared; under test more than four make a crowd.
        #[test]
        fn no_pair_is_missed(cards in cards()) {
            let forms: Vec<Form> = cards.iter().map(form).collect();
            let found = pairs(&cards);
            let mut every = Vec::new();
            for first in 0..cards.len() {
                for second in first + 1..cards.len() {
                    let reasons = reasons(&forms[first], &forms[second]);
                    let points: i32 = reasons.iter().map(|reason| reason.points()).sum();
                    let pair = (first, second, points.clamp(0, 100) as u8);
                    if points < 60 || cards[first].code == cards[second].code {
                        continue;
                    }
                    let decided = reasons.contains(&Reason::SameCreditCode)
                        || reasons.contains(&Reason::SameLicence);
                    // Of crowds of one credit code or licence not every pair is given.
                    if !decided || found.contains(&pair) {
                        every.push(pair);
                    }
                }
            }
            every.sort_by_key(|pair| (100 - pair.2, pair.0, pair.1));
            prop_assert_eq!(&found, &every);
            // ... but all cards of one credit code hang together, by pairs or by their codes.
            let mut group: Vec<usize> = (0..cards.len()).collect();
            let join = |group: &mut Vec<usize>, a: usize, b: usize| {
                let (from, to) = (group[a], group[b]);
                group.iter_mut().filter(|g| **g == from).for_each(|g| *g = to);
            };
            found.iter().for_each(|(a, b, _)| join(&mut group, *a, *b));
            for a in 0..cards.len() {
                for b in a + 1..cards.len() {
                    if cards[a].code == cards[b].code {
                        join(&mut group, a, b);
                    }
                }
            }
            for a in 0..cards.len() {
                for b in a + 1..cards.len() {
                    if forms[a].sound && forms[b].sound && forms[a].credit == forms[b].credit {
                        prop_assert_eq!(group[a], group[b]);
                    }
                }
            }
        }

        #[test]
        fn near_names_are_an_edit_apart(one in "[ab]{0,6}", other in "[ab]{0,6}") {
            let (a, b): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
            // Edit distance by the table.
            let mut row: Vec<usize> = (0..=b.len()).collect();
            for (i, x) in a.iter().enumerate() {
                let mut next = vec![i + 1];
                for (j, y) in b.iter().enumerate() {
                    let change = row[j] + usize::from(x != y);
                    next.push(change.min(row[j + 1] + 1).min(next[j] + 1));
                }
                row = next;
            }
            let expected = a.len().min(b.len()) >= 3 && row[b.len()] <= 1;
            prop_assert_eq!(near_names(&a, &b), expected);
        }
    }
}
