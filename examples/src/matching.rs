//! Operators that may be one, as a document.

use serde::Serialize;
use suyuan::identity::{Aliases, Elsewhere, Matches, OperatorCard, Reason};

/// The matches as JSON.
#[derive(Debug, Serialize)]
pub struct Document<'a> {
    /// Cards compared.
    pub cards: usize,
    /// Aliases that a person confirmed.
    pub confirmed: usize,
    /// Pairs, the highest score first.
    pub suggestions: Vec<Pair<'a>>,
    /// Cards with a wrong check character.
    pub unsound: Vec<&'a OperatorCard>,
    /// Where else the operator asked for is; null where none is.
    pub elsewhere: Option<Vec<Place<'a>>>,
}

/// Two cards that may be one operator.
#[derive(Debug, Serialize)]
pub struct Pair<'a> {
    /// One card.
    pub operator: &'a OperatorCard,
    /// The other.
    pub alias: &'a OperatorCard,
    /// From 0 to 100.
    pub score: u8,
    /// What speaks for it and against it.
    pub reasons: &'a [Reason],
    /// Whether a person confirmed it.
    pub confirmed: bool,
}

/// Where else an operator is.
#[derive(Debug, Serialize)]
pub struct Place<'a> {
    /// The card.
    pub card: &'a OperatorCard,
    /// From 0 to 100.
    pub score: u8,
    /// Whether a person confirmed it.
    pub confirmed: bool,
}

/// Whether a person confirmed that two cards are one operator.
#[must_use]
pub fn is_confirmed(aliases: &Aliases, one: &OperatorCard, other: &OperatorCard) -> bool {
    aliases.resolve(&one.code) == aliases.resolve(&other.code)
}

/// Matches with their cards.
#[must_use]
pub fn document<'a>(
    cards: &'a [OperatorCard],
    matches: &'a Matches,
    aliases: &Aliases,
    places: Option<&[Elsewhere]>,
) -> Document<'a> {
    let pair = |pair: &'a suyuan::identity::Suggestion| {
        let (operator, alias) = (cards.get(pair.first)?, cards.get(pair.second)?);
        let confirmed = is_confirmed(aliases, operator, alias);
        Some(Pair { operator, alias, score: pair.score, reasons: &pair.reasons, confirmed })
    };
    let place = |place: &Elsewhere| {
        let card = cards.get(place.card)?;
        Some(Place { card, score: place.score, confirmed: place.confirmed })
    };
    Document {
        cards: cards.len(),
        confirmed: aliases.len(),
        suggestions: matches.suggestions.iter().filter_map(pair).collect(),
        unsound: matches.unsound.iter().filter_map(|at| cards.get(*at)).collect(),
        elsewhere: places.map(|places| places.iter().filter_map(place).collect()),
    }
}
