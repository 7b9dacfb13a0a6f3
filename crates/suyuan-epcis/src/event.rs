//! An event as the mapping reads it: its fields typed, its identifiers in their one form.

use rust_decimal::Decimal;
use suyuan_core::quantity::{DECIMALS, Unit};

use crate::identifier::Identifier;
use crate::terms::Vocabulary;
use crate::time::Moment;
use crate::units::unit_of;
use crate::value::{Object, Value};

/// The type of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum EventKind {
    /// `ObjectEvent`.
    Object,
    /// `AggregationEvent`.
    Aggregation,
    /// `TransactionEvent`.
    Transaction,
    /// `TransformationEvent`.
    Transformation,
    /// `AssociationEvent`.
    Association,
    /// A type of somebody's own.
    Extended,
}

/// What an event does to what it names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Creates or joins.
    Add,
    /// Observes.
    Observe,
    /// Ends or parts.
    Delete,
}

/// The part an identifier plays in an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Part {
    /// What the event is about.
    Subject,
    /// What goes into a transformation.
    Input,
    /// What comes out of it.
    Output,
    /// What holds the children.
    Parent,
    /// What a parent holds.
    Child,
}

/// One thing an event names, with its quantity.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Goods {
    /// The part it plays.
    pub part: Part,
    /// Which it is.
    pub id: Identifier,
    /// How much, with its unit; `None` when unknown. A single item is one piece.
    pub quantity: Option<(Decimal, Unit)>,
    /// Path of the entry.
    pub path: String,
    /// Whether a quantity is written that cannot be read (its unit is unknown, say).
    pub unread: bool,
    /// Whether it is one thing, named in a list of EPCs or as a parent, and no lot or class.
    pub is_one: bool,
}

/// A source or a destination.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct End {
    /// Its type, as a bare word where it is one.
    pub kind: String,
    /// Who or where.
    pub id: Identifier,
}

/// That an event is in error.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ErrorDeclaration {
    /// When it was declared.
    pub time: Option<Moment>,
    /// Why, as a bare word where it is one.
    pub reason: Option<String>,
    /// The events that say what is right.
    pub corrective: Vec<String>,
}

/// An event with its fields typed. The tree of the document keeps what is not here.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Event {
    /// Its place in the list of events, from 0; among those of several documents, in their order.
    pub index: usize,
    /// Which of the documents it is from, from 0.
    pub document: usize,
    /// Its path in the document.
    pub path: String,
    /// Its type.
    pub kind: EventKind,
    /// Its type, as written.
    pub type_name: String,
    /// `eventID`.
    pub id: Option<String>,
    /// `eventTime`.
    pub time: Option<Moment>,
    /// `eventTime` as written.
    pub written_time: String,
    /// `action`.
    pub action: Option<Action>,
    /// `bizStep`: a bare word of the standard, or the URI as written.
    pub step: Option<String>,
    /// `disposition`, likewise.
    pub disposition: Option<String>,
    /// What it names, in the order of the standard's fields.
    pub goods: Vec<Goods>,
    /// `readPoint`.
    pub read_point: Option<Identifier>,
    /// `bizLocation`.
    pub location: Option<Identifier>,
    /// `sourceList`.
    pub sources: Vec<End>,
    /// `destinationList`.
    pub destinations: Vec<End>,
    /// `bizTransactionList`: the transactions themselves.
    pub transactions: Vec<String>,
    /// `transformationID`.
    pub transformation: Option<String>,
    /// `lotNumber` of the master data of what it makes.
    pub lot_number: Option<String>,
    /// `itemExpirationDate` of the master data, as written.
    pub expires: Option<String>,
    /// `countryOfOrigin` of the master data.
    pub origin: Option<String>,
    /// `errorDeclaration`.
    pub error: Option<ErrorDeclaration>,
    /// Paths of entries that name nothing, and are left out of `goods`.
    pub nameless: Vec<String>,
}

impl Event {
    /// Reads an object as an event; what has not its form is left out here.
    pub(crate) fn of(object: &Object, index: usize, path: &str) -> Self {
        let text = |name: &str| object.get(name).and_then(Value::text).map(str::to_owned);
        // Two fields that XML 1.2 wraps; some JSON writers keep the wrapper.
        let wrapped = object.get("baseExtension").and_then(Value::object);
        let based = |name: &str| object.get(name).or_else(|| wrapped?.get(name));
        let term = |name: &str, vocabulary: Vocabulary| {
            let text = object.get(name)?.text()?;
            Some(vocabulary.word(text).unwrap_or(text).to_owned())
        };
        let place = |name: &str| identifier(object.get(name)?.get("id")?);
        let type_name = text("type").unwrap_or_default();
        let kind = match type_name.as_str() {
            "ObjectEvent" => EventKind::Object,
            "AggregationEvent" => EventKind::Aggregation,
            "TransactionEvent" => EventKind::Transaction,
            "TransformationEvent" => EventKind::Transformation,
            "AssociationEvent" => EventKind::Association,
            _ => EventKind::Extended,
        };
        let written_time = text("eventTime").unwrap_or_default();
        let master = |name: &str| {
            let ilmd = object.get("ilmd")?.object()?;
            let local = |key: &str| key.rsplit([':', '#', '/']).next() == Some(name);
            let value = ilmd.iter().find(|(key, _)| local(key))?.1.text()?;
            Some(value.to_owned()).filter(|value| !value.trim().is_empty())
        };
        let filled = |text: &String| !text.trim().is_empty();
        let (goods, nameless) = goods(object, path);
        Self {
            index,
            document: 0,
            path: if path.is_empty() { "/".to_owned() } else { path.to_owned() },
            kind,
            type_name,
            id: based("eventID").and_then(Value::text).map(str::to_owned).filter(filled),
            time: Moment::parse(&written_time),
            written_time,
            action: match object.get("action").and_then(Value::text) {
                Some("ADD") => Some(Action::Add),
                Some("OBSERVE") => Some(Action::Observe),
                Some("DELETE") => Some(Action::Delete),
                _ => None,
            },
            step: term("bizStep", Vocabulary::BizStep),
            disposition: term("disposition", Vocabulary::Disposition),
            goods,
            read_point: place("readPoint"),
            location: place("bizLocation"),
            sources: ends(object, "sourceList", "source"),
            destinations: ends(object, "destinationList", "destination"),
            transactions: object
                .get("bizTransactionList")
                .and_then(Value::items)
                .unwrap_or_default()
                .iter()
                .filter_map(|item| Some(item.get("bizTransaction")?.text()?.to_owned()))
                .collect(),
            transformation: text("transformationID").filter(filled),
            lot_number: master("lotNumber"),
            expires: master("itemExpirationDate").or_else(|| master("bestBeforeDate")),
            origin: master("countryOfOrigin"),
            error: based("errorDeclaration").and_then(Value::object).map(declaration),
            nameless,
        }
    }

    /// Puts the name of a document before its paths.
    pub(crate) fn named_in(&mut self, document: &str) {
        let paths = self.goods.iter_mut().map(|goods| &mut goods.path);
        for path in paths.chain(&mut self.nameless).chain([&mut self.path]) {
            *path = format!("{document}#{path}");
        }
    }

    /// What it names in a part.
    pub fn goods_in(&self, part: Part) -> impl Iterator<Item = &Goods> {
        self.goods.iter().filter(move |goods| goods.part == part)
    }

    /// The name people know it by: its id, else its path.
    #[must_use]
    pub fn name(&self) -> &str {
        self.id.as_deref().unwrap_or(&self.path)
    }
}

/// The fields that name goods: lists of identifiers, then lists with quantities.
const LISTS: [(&str, Part, bool); 9] = [
    ("epcList", Part::Subject, false),
    ("quantityList", Part::Subject, true),
    ("inputEPCList", Part::Input, false),
    ("inputQuantityList", Part::Input, true),
    ("outputEPCList", Part::Output, false),
    ("outputQuantityList", Part::Output, true),
    ("childEPCs", Part::Child, false),
    ("childQuantityList", Part::Child, true),
    ("parentID", Part::Parent, false),
];

/// An identifier, where there is one.
fn identifier(value: &Value) -> Option<Identifier> {
    value.text().filter(|text| !text.trim().is_empty()).map(Identifier::parse)
}

/// What an event names, and the paths of entries that name nothing.
fn goods(object: &Object, path: &str) -> (Vec<Goods>, Vec<String>) {
    let mut all = Vec::new();
    let mut nameless = Vec::new();
    for (name, part, with_quantity) in LISTS {
        let Some(value) = object.get(name) else { continue };
        if part == Part::Parent {
            if let Some(id) = identifier(value) {
                let path = format!("{path}/{name}");
                all.push(Goods { part, id, quantity: None, path, unread: false, is_one: true });
            }
            continue;
        }
        for (at, item) in value.items().unwrap_or_default().iter().enumerate() {
            let path = format!("{path}/{name}/{at}");
            let id = if with_quantity { item.get("epcClass") } else { Some(item) };
            let Some(id) = id.and_then(identifier) else {
                nameless.push(path);
                continue;
            };
            let written = with_quantity && item.get("quantity").is_some();
            let quantity =
                if with_quantity { quantity(item) } else { Some((Decimal::ONE, Unit::Piece)) };
            let unread = written && quantity.is_none();
            all.push(Goods { part, id, quantity, path, unread, is_one: !with_quantity });
        }
    }
    (all, nameless)
}

fn quantity(item: &Value) -> Option<(Decimal, Unit)> {
    let Value::Number(number) = item.get("quantity")? else {
        return None;
    };
    let written = number.decimal().filter(|quantity| *quantity > Decimal::ZERO)?;
    match item.get("uom") {
        None => Some((written, Unit::Piece)),
        Some(code) => {
            let (unit, factor) = unit_of(code.text()?)?;
            if factor == Decimal::ONE {
                return Some((written, unit));
            }
            // What a conversion does not end in is rounded, never to nothing.
            let much = written.checked_mul(factor)?.round_dp(DECIMALS);
            Some((much.max(Decimal::new(1, DECIMALS)).normalize(), unit))
        }
    }
}

fn ends(object: &Object, list: &str, name: &str) -> Vec<End> {
    let items = object.get(list).and_then(Value::items).unwrap_or_default();
    let end = |item: &Value| {
        let kind = item.get("type").and_then(Value::text).unwrap_or_default();
        let word = Vocabulary::SourceDestinationType.word(kind).unwrap_or(kind);
        Some(End { kind: word.to_owned(), id: identifier(item.get(name)?)? })
    };
    items.iter().filter_map(end).collect()
}

fn declaration(object: &Object) -> ErrorDeclaration {
    let text = |name: &str| object.get(name).and_then(Value::text);
    let ids = object.get("correctiveEventIDs").and_then(Value::items).unwrap_or_default();
    ErrorDeclaration {
        time: text("declarationTime").and_then(Moment::parse),
        reason: text("reason")
            .map(|reason| Vocabulary::ErrorReason.word(reason).unwrap_or(reason).to_owned()),
        corrective: ids.iter().filter_map(Value::text).map(str::to_owned).collect(),
    }
}
