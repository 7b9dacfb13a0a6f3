//! Critical tracking events and their key data elements, by paragraph of 21 CFR part 1.

use std::collections::HashMap;
use std::fmt;
use std::ops::Range;
use std::sync::LazyLock;

use serde::Serialize;

/// A kind of critical tracking event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Kind {
    /// § 1.1325(a).
    Harvesting,
    /// § 1.1325(b), before initial packing.
    Cooling,
    /// § 1.1330.
    InitialPacking,
    /// § 1.1335, of food from a fishing vessel.
    FirstLandBasedReceiving,
    /// § 1.1340.
    Shipping,
    /// § 1.1345.
    Receiving,
    /// § 1.1350.
    Transformation,
}

impl Kind {
    /// Every kind, in the order of the rule.
    pub const ALL: [Self; 7] = [
        Self::Harvesting,
        Self::Cooling,
        Self::InitialPacking,
        Self::FirstLandBasedReceiving,
        Self::Shipping,
        Self::Receiving,
        Self::Transformation,
    ];

    /// The name of its tab.
    #[must_use]
    pub const fn tab(self) -> &'static str {
        match self {
            Self::Harvesting => "Harvesting",
            Self::Cooling => "Cooling",
            Self::InitialPacking => "Initial Packing",
            Self::FirstLandBasedReceiving => "First Land-Based Receiving",
            Self::Shipping => "Shipping",
            Self::Receiving => "Receiving",
            Self::Transformation => "Transformation",
        }
    }

    /// The kind whose tab has this name, ignoring case, spaces, signs, and words and numbers that
    /// tabs have beside it (`§ 1.1340 Shipping CTE`).
    #[must_use]
    pub fn of_tab(name: &str) -> Option<Self> {
        const SILENT: [&str; 17] = [
            "cte", "ctes", "kde", "kdes", "event", "events", "record", "records", "cfr", "section",
            "food", "the", "of", "data", "sheet", "fsma", "tab",
        ];
        let lower = name.to_lowercase();
        let words = lower.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty());
        // A paragraph is a letter or a Roman number in brackets.
        let words = words.filter(|word| word.len() > 1 && !SILENT.contains(word));
        Some(match &*words.collect::<String>() {
            "harvesting" | "harvest" => Self::Harvesting,
            "cooling" | "coolingbeforeinitialpacking" => Self::Cooling,
            "initialpacking" | "packing" => Self::InitialPacking,
            "firstlandbasedreceiving" | "firstlandbasedreceiver" | "flbr" => {
                Self::FirstLandBasedReceiving
            }
            "shipping" | "ship" => Self::Shipping,
            "receiving" | "receive" => Self::Receiving,
            "transformation" | "transform" | "transforming" => Self::Transformation,
            _ => return None,
        })
    }

    /// Its key data elements, in the order of the rule.
    #[must_use]
    pub const fn elements(self) -> &'static [Element] {
        match self {
            Self::Harvesting => HARVESTING,
            Self::Cooling => COOLING,
            Self::InitialPacking => INITIAL_PACKING,
            Self::FirstLandBasedReceiving => FIRST_LAND_BASED_RECEIVING,
            Self::Shipping => SHIPPING,
            Self::Receiving => RECEIVING,
            Self::Transformation => TRANSFORMATION,
        }
    }

    /// The headings of its tab, one a column.
    #[must_use]
    pub fn headings(self) -> Vec<String> {
        Layout::of(self).headings.clone()
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.tab())
    }
}

/// How an element is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Form {
    /// One text.
    Text,
    /// A date.
    Date,
    /// A quantity and its unit of measure: two columns.
    Quantity,
    /// A location description (§ 1.1310): business name, phone number, street address or
    /// coordinates, city, state and ZIP code or, abroad, country.
    Location,
    /// Type and number of a reference document: two columns.
    Document,
}

/// When an element must be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Need {
    /// Always.
    Always,
    /// Where it applies, which a sheet cannot tell.
    IfApplicable,
    /// At least one of those with this name.
    OneOf(&'static str),
    /// Where any of those with this name is there, all of them.
    Together(&'static str),
}

/// A key data element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Element {
    /// Its name, which its headings begin with.
    pub name: &'static str,
    /// The paragraph that asks for it, within 21 CFR.
    pub rule: &'static str,
    /// The paragraph that asks for it when the food came from a person the rule does not apply
    /// to; `None` where none does, and for kinds without such a case the same as `rule`.
    pub exempt: Option<&'static str>,
    /// How it is written.
    pub form: Form,
    /// When it must be there.
    pub need: Need,
}

const fn kde(name: &'static str, rule: &'static str, form: Form, need: Need) -> Element {
    Element { name, rule, exempt: Some(rule), form, need }
}

/// An element with another paragraph for food from an exempt source.
const fn either(
    name: &'static str,
    rule: &'static str,
    exempt: Option<&'static str>,
    form: Form,
    need: Need,
) -> Element {
    Element { name, rule, exempt, form, need }
}

use Form::{Date, Document, Location, Quantity, Text};
use Need::{Always, IfApplicable, OneOf, Together};

/// The heading of the column that says that the food came from a person the rule does not apply
/// to (§§ 1.1330(c), 1.1345(b)): `yes` or nothing.
pub(crate) const EXEMPT: &str = "From Exempt Source";

const HARVESTING: &[Element] = &[
    kde("Immediate Subsequent Recipient", "1.1325(a)(1)(i)", Location, Always),
    kde("Commodity", "1.1325(a)(1)(ii)", Text, Always),
    kde("Variety", "1.1325(a)(1)(ii)", Text, IfApplicable),
    kde("Quantity", "1.1325(a)(1)(iii)", Quantity, Always),
    kde("Farm", "1.1325(a)(1)(iv)", Location, Always),
    kde("Field or Growing Area", "1.1325(a)(1)(v)", Text, OneOf("place of harvest")),
    kde("Container", "1.1325(a)(1)(vi)", Text, OneOf("place of harvest")),
    kde("Harvest Date", "1.1325(a)(1)(vii)", Date, Always),
    kde("Reference Document", "1.1325(a)(1)(viii)", Document, Always),
    kde("Harvester Business Name", "1.1325(a)(2)", Text, IfApplicable),
    kde("Harvester Phone Number", "1.1325(a)(2)", Text, IfApplicable),
];

const COOLING: &[Element] = &[
    kde("Immediate Subsequent Recipient", "1.1325(b)(1)(i)", Location, Always),
    kde("Commodity", "1.1325(b)(1)(ii)", Text, Always),
    kde("Variety", "1.1325(b)(1)(ii)", Text, IfApplicable),
    kde("Quantity", "1.1325(b)(1)(iii)", Quantity, Always),
    kde("Cooling Location", "1.1325(b)(1)(iv)", Location, Always),
    kde("Cooling Date", "1.1325(b)(1)(v)", Date, Always),
    kde("Farm", "1.1325(b)(1)(vi)", Location, Always),
    kde("Reference Document", "1.1325(b)(1)(vii)", Document, Always),
];

const INITIAL_PACKING: &[Element] = &[
    either("Commodity", "1.1330(a)(1)", Some("1.1330(c)(1)"), Text, Always),
    either("Variety", "1.1330(a)(1)", Some("1.1330(c)(1)"), Text, IfApplicable),
    either("Date Received", "1.1330(a)(2)", Some("1.1330(c)(2)"), Date, Always),
    either("Received", "1.1330(a)(3)", Some("1.1330(c)(3)"), Quantity, Always),
    either("Farm", "1.1330(a)(4)", None, Location, Always),
    either("Received From", "1.1330(c)(4)", Some("1.1330(c)(4)"), Location, IfApplicable),
    either("Field or Growing Area", "1.1330(a)(5)", None, Text, OneOf("place of harvest")),
    either("Container", "1.1330(a)(6)", None, Text, OneOf("place of harvest")),
    either("Harvester Business Name", "1.1330(a)(7)", None, Text, Always),
    either("Harvester Phone Number", "1.1330(a)(7)", None, Text, Always),
    either("Harvest Date", "1.1330(a)(8)", None, Date, Always),
    either("Cooling Location", "1.1330(a)(9)", None, Location, Together("cooling")),
    either("Cooling Date", "1.1330(a)(10)", None, Date, Together("cooling")),
    either("Traceability Lot Code", "1.1330(a)(11)", Some("1.1330(c)(5)"), Text, Always),
    either("Product Description", "1.1330(a)(12)", Some("1.1330(c)(6)"), Text, Always),
    either("Packed", "1.1330(a)(13)", Some("1.1330(c)(7)"), Quantity, Always),
    either("Packing Location", "1.1330(a)(14)", Some("1.1330(c)(8)"), Location, Always),
    either("TLC Source Reference", "1.1330(a)(14)", Some("1.1330(c)(8)"), Text, IfApplicable),
    either("Packing Date", "1.1330(a)(15)", Some("1.1330(c)(9)"), Date, Always),
    either("Reference Document", "1.1330(a)(16)", Some("1.1330(c)(10)"), Document, Always),
    kde("Sprouts: Seed Grower and Harvest Date", "1.1330(b)(1)", Text, IfApplicable),
    kde("Sprouts: Seed Conditioner, Lot and Date", "1.1330(b)(2)", Text, Together("sprouts")),
    kde("Sprouts: Seed Packinghouse, Date and Lot", "1.1330(b)(3)", Text, Together("sprouts")),
    kde("Sprouts: Seed Supplier and Lots", "1.1330(b)(4)", Text, Together("sprouts")),
    kde("Sprouts: Description of Seeds", "1.1330(b)(5)", Text, Together("sprouts")),
    kde("Sprouts: Date Seeds Received", "1.1330(b)(6)", Date, Together("sprouts")),
    kde("Sprouts: Reference Document", "1.1330(b)(7)", Document, Together("sprouts")),
];

const FIRST_LAND_BASED_RECEIVING: &[Element] = &[
    kde("Traceability Lot Code", "1.1335(a)", Text, Always),
    kde("Species or Market Name", "1.1335(b)", Text, OneOf("description")),
    kde("Product Description", "1.1335(b)", Text, OneOf("description")),
    kde("Quantity", "1.1335(c)", Quantity, Always),
    kde("First Harvest Date", "1.1335(d)", Date, Always),
    kde("Last Harvest Date", "1.1335(d)", Date, Always),
    kde("Harvest Locations", "1.1335(d)", Text, Always),
    kde("First Land-Based Receiver", "1.1335(e)", Location, Always),
    kde("TLC Source Reference", "1.1335(e)", Text, IfApplicable),
    kde("Date Landed", "1.1335(f)", Date, Always),
    kde("Reference Document", "1.1335(g)", Document, Always),
];

const SHIPPING: &[Element] = &[
    kde("Traceability Lot Code", "1.1340(a)(1)", Text, Always),
    kde("Quantity", "1.1340(a)(2)", Quantity, Always),
    kde("Product Description", "1.1340(a)(3)", Text, Always),
    kde("Ship To", "1.1340(a)(4)", Location, Always),
    kde("Ship From", "1.1340(a)(5)", Location, Always),
    kde("Ship Date", "1.1340(a)(6)", Date, Always),
    kde("TLC Source", "1.1340(a)(7)", Location, OneOf("source")),
    kde("TLC Source Reference", "1.1340(a)(7)", Text, OneOf("source")),
    kde("Reference Document", "1.1340(a)(8)", Document, Always),
];

const RECEIVING: &[Element] = &[
    either("Traceability Lot Code", "1.1345(a)(1)", Some("1.1345(b)(1)"), Text, Always),
    either("Quantity", "1.1345(a)(2)", Some("1.1345(b)(2)"), Quantity, Always),
    either("Product Description", "1.1345(a)(3)", Some("1.1345(b)(3)"), Text, Always),
    either("Immediate Previous Source", "1.1345(a)(4)", Some("1.1345(b)(4)"), Location, Always),
    either("Received At", "1.1345(a)(5)", Some("1.1345(b)(5)"), Location, Always),
    either("Receive Date", "1.1345(a)(6)", Some("1.1345(b)(6)"), Date, Always),
    either("TLC Source", "1.1345(a)(7)", None, Location, OneOf("source")),
    either("TLC Source Reference", "1.1345(a)(7)", None, Text, OneOf("source")),
    either("Reference Document", "1.1345(a)(8)", Some("1.1345(b)(7)"), Document, Always),
];

const TRANSFORMATION: &[Element] = &[
    kde("Input Traceability Lot Code", "1.1350(a)(1)(i)", Text, Together("input")),
    kde("Input Product Description", "1.1350(a)(1)(ii)", Text, Together("input")),
    kde("Input", "1.1350(a)(1)(iii)", Quantity, Together("input")),
    kde("New Traceability Lot Code", "1.1350(a)(2)(i)", Text, Always),
    kde("Transformation Location", "1.1350(a)(2)(ii)", Location, Always),
    kde("TLC Source Reference", "1.1350(a)(2)(ii)", Text, IfApplicable),
    kde("Transformation Date", "1.1350(a)(2)(iii)", Date, Always),
    kde("New Product Description", "1.1350(a)(2)(iv)", Text, Always),
    kde("New", "1.1350(a)(2)(v)", Quantity, Always),
    kde("Reference Document", "1.1350(a)(2)(vi)", Document, Always),
];

/// The parts of a location, in the order of their columns. The id is not of the rule: it lets a
/// row name a location that another row or a register describes.
pub(crate) const PARTS: [&str; 10] = [
    "Location ID",
    "Business Name",
    "Phone Number",
    "Street Address",
    "Coordinates",
    "City",
    "State",
    "ZIP Code",
    "Country",
    "Description",
];

/// The columns of a tab: those of every element, then whether the source is exempt. Made once for
/// each kind, since every cell of every row is found by it.
pub(crate) struct Layout {
    /// The heading of each column.
    pub(crate) headings: Vec<String>,
    /// Every element and its columns, in the order of the rule.
    pub(crate) elements: Vec<(&'static Element, Range<usize>)>,
    /// The column of each heading, as it is written and folded.
    at: HashMap<String, usize>,
}

static LAYOUTS: LazyLock<[Layout; 7]> = LazyLock::new(|| Kind::ALL.map(Layout::new));

impl Layout {
    /// The columns of the tab of a kind.
    pub(crate) fn of(kind: Kind) -> &'static Self {
        let [harvesting, cooling, packing, landing, shipping, receiving, transformation] =
            &*LAYOUTS;
        match kind {
            Kind::Harvesting => harvesting,
            Kind::Cooling => cooling,
            Kind::InitialPacking => packing,
            Kind::FirstLandBasedReceiving => landing,
            Kind::Shipping => shipping,
            Kind::Receiving => receiving,
            Kind::Transformation => transformation,
        }
    }

    fn new(kind: Kind) -> Self {
        let mut headings = Vec::new();
        let mut elements = Vec::new();
        for element in kind.elements() {
            let first = headings.len();
            headings.extend(element_headings(element));
            elements.push((element, first..headings.len()));
        }
        if matches!(kind, Kind::InitialPacking | Kind::Receiving) {
            headings.push(EXEMPT.to_owned());
        }
        let mut at = HashMap::new();
        for (column, heading) in headings.iter().enumerate() {
            let first = *at.entry(fold(heading)).or_insert(column);
            at.entry(heading.clone()).or_insert(first);
        }
        Self { headings, elements, at }
    }

    /// The column of a heading, compared by letters and digits alone. O(1).
    fn column(&self, heading: &str) -> Option<usize> {
        self.at.get(heading).or_else(|| self.at.get(&fold(heading))).copied()
    }
}

/// The headings of an element's columns.
pub(crate) fn element_headings(element: &Element) -> Vec<String> {
    let name = element.name;
    match element.form {
        Text | Date => vec![name.to_owned()],
        Quantity if name == "Quantity" => vec![name.to_owned(), "Unit of Measure".to_owned()],
        Quantity => vec![format!("{name} Quantity"), format!("{name} Unit of Measure")],
        Document => vec![format!("{name} Type"), format!("{name} Number")],
        Location => PARTS.iter().map(|part| format!("{name}: {part}")).collect(),
    }
}

/// Letters and digits in lower case; what headings and names are compared by.
pub(crate) fn fold(text: &str) -> String {
    text.chars().filter(|found| found.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// One row of a tab: an event, or one input of a transformation.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Event {
    /// What kind it is of.
    pub kind: Kind,
    /// The row of its tab, counted from 1; 0 for none.
    pub row: u32,
    /// A text for each of [`Kind::headings`].
    cells: Vec<String>,
}

impl Event {
    /// An event without a word.
    #[must_use]
    pub fn new(kind: Kind) -> Self {
        Self { kind, row: 0, cells: vec![String::new(); Layout::of(kind).headings.len()] }
    }

    /// The text under a heading; empty where there is none.
    #[must_use]
    pub fn get(&self, heading: &str) -> &str {
        let at = Layout::of(self.kind).column(heading);
        at.and_then(|at| self.cells.get(at)).map_or("", String::as_str)
    }

    /// Writes a text under a heading; says whether there is such a heading.
    pub fn set(&mut self, heading: &str, text: impl Into<String>) -> bool {
        let at = Layout::of(self.kind).column(heading);
        match at.and_then(|at| self.cells.get_mut(at)) {
            Some(cell) => {
                *cell = text.into();
                true
            }
            None => false,
        }
    }

    /// Its texts, in the order of [`Kind::headings`].
    #[must_use]
    pub fn cells(&self) -> &[String] {
        &self.cells
    }

    pub(crate) fn set_at(&mut self, column: usize, text: String) {
        if let Some(cell) = self.cells.get_mut(column) {
            *cell = text;
        }
    }

    /// Whether it says that the food came from a person the rule does not apply to.
    #[must_use]
    pub fn from_exempt_source(&self) -> bool {
        matches!(&*fold(self.get(EXEMPT)), "yes" | "y" | "true" | "1")
    }
}
