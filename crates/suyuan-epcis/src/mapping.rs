//! Events as records of the engine: operators, batches, shipments, transformations, removals and
//! samples, each with the event it came from.
//!
//! ```
//! use suyuan_epcis::{Document, Import, ReadOptions};
//! use suyuan_epcis::mapping::MapOptions;
//! let event = |step: &str, day: &str, place: &str, more: &str| format!(
//!     r#"{{"type": "ObjectEvent", "action": "OBSERVE", "eventTimeZoneOffset": "+08:00",
//!     "eventTime": "2026-03-{day}T08:00:00+08:00", "bizStep": "{step}",
//!     "bizLocation": {{"id": "urn:epc:id:sgln:{place}.0"}},
//!     "quantityList": [{{"epcClass": "urn:epc:class:lgtin:4012345.012345.L1"{more}}}]}}"#);
//! let text = format!(r#"{{"@context": "https://ref.gs1.org/standards/epcis/epcis-context.jsonld",
//!     "type": "EPCISDocument", "schemaVersion": "2.0", "creationDate": "2026-03-09T00:00:00Z",
//!     "epcisBody": {{"eventList": [{}, {}]}}}}"#,
//!     event("shipping", "01", "4012345.00001", r#", "quantity": 5, "uom": "KGM""#),
//!     event("receiving", "02", "4012345.00002", ""));
//! let document = Document::read(text.as_bytes(), &ReadOptions::default())?;
//! let import = Import::of(&document, "demo.json", &MapOptions::default())?;
//! let shipment = import.chain.shipment(import.chain.shipment_ids().next().unwrap());
//! assert_eq!(shipment.departs.earliest.to_string(), "2026-03-01T08:00");
//! assert_eq!(shipment.arrives.earliest.to_string(), "2026-03-02T08:00");
//! # Ok::<(), suyuan_epcis::Error>(())
//! ```

mod steps;
mod track;
mod write;

pub(crate) use steps::Step;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use suyuan_core::chain::{Finding, SupplyChain};
use suyuan_core::id::{FileId, ShipmentId, StockId, TransformationId};
use suyuan_core::model::Source;
use suyuan_core::time::{Span, UtcOffset};

use crate::contents::{Contents, Leaf, Stay, ever_held};
use crate::corrections::corrections;
use crate::document::Document;
use crate::error::{Error, Problem};
use crate::event::{Action, Event, EventKind, Part};
use crate::identifier::{Identifier, Kind};
use crate::places::{Places, site};
use track::{Making, Movement, Open, Track};

/// How many open sendings of one thing a receipt is compared with, the earliest first.
const COMPARED: usize = 1000;

/// How events are mapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MapOptions {
    /// The chain's civil clock.
    pub clock: UtcOffset,
    /// Passages of goods that a document may make, contents of containers one by one.
    pub passages: usize,
}

impl Default for MapOptions {
    fn default() -> Self {
        Self { clock: UtcOffset::CHINA, passages: crate::Limits::default().passages }
    }
}

/// The place of goods of which no event says where they are.
pub const UNKNOWN_PLACE: &str = "place not stated";

/// A document as a chain, with the way back to its events.
#[derive(Debug)]
#[non_exhaustive]
pub struct Import {
    /// The chain. Batches, operators and products have their identifiers' one form as codes; a
    /// record's line is the number of its event, from 1.
    pub chain: SupplyChain,
    /// What building the chain found.
    pub findings: Vec<Finding>,
    /// What mapping found odd, by path.
    pub notes: Vec<Problem>,
    /// The events, in the order of the documents. Of several documents, paths begin with the name
    /// of theirs: `name#/epcisBody/eventList/0`.
    pub events: Vec<Event>,
    /// Which of them are retracted by an error declaration; these made no records.
    pub retracted: Vec<bool>,
    /// The event that each one repeats; its own number where it repeats none.
    pub(crate) same: Vec<usize>,
    /// How many events of each document there are.
    counts: Vec<usize>,
    pub(crate) clock: UtcOffset,
    /// Identifiers by number.
    pub(crate) ids: Vec<Identifier>,
    pub(crate) numbers: HashMap<String, u32>,
    /// What each event concerns: goods at bottom, and where they were.
    pub(crate) concerns: Vec<Vec<(u32, String)>>,
    /// What a container was found to hold, whenever it was named.
    pub(crate) held: HashMap<u32, BTreeSet<u32>>,
    /// What containers held, by container.
    stays: HashMap<u32, Vec<Stay>>,
    /// The lot of an item.
    pub(crate) lots: HashMap<u32, String>,
    /// The events of each movement: by code, batch, from and to.
    movements: BTreeMap<(String, String, String, String), BTreeSet<usize>>,
    pub(crate) transformations: BTreeMap<String, BTreeSet<usize>>,
}

impl Import {
    /// Maps a document. `name` is what findings call it.
    ///
    /// # Errors
    /// [`Error::Limit`] when containers in containers make more passages than the options allow,
    /// [`Error::Chain`] when the chain overflows.
    pub fn of(document: &Document, name: &str, options: &MapOptions) -> Result<Self, Error> {
        Self::of_all(&[(name, document)], options)
    }

    /// Maps several documents as one: those of the partners of a chain, say. An event that two of
    /// them tell is one event.
    ///
    /// # Errors
    /// As [`Import::of`].
    pub fn of_all(documents: &[(&str, &Document)], options: &MapOptions) -> Result<Self, Error> {
        let mut events: Vec<Event> = Vec::new();
        let mut counts = Vec::new();
        for (at, (name, document)) in documents.iter().enumerate() {
            let of_document = document.events();
            counts.push(of_document.len());
            for mut event in of_document {
                event.index = events.len();
                event.document = at;
                if documents.len() > 1 {
                    event.named_in(name);
                }
                events.push(event);
            }
        }
        let corrections = corrections(&events);
        let mut order: Vec<usize> = (0..events.len())
            .filter(|at| !corrections.retracted[*at] && corrections.same[*at] == *at)
            .collect();
        order.sort_by_key(|at| events[*at].time);
        let mut numbers: HashMap<&str, u32> = HashMap::new();
        let mut ids: Vec<Identifier> = Vec::new();
        for goods in events.iter().flat_map(|event| &event.goods) {
            numbers.entry(goods.id.canonical()).or_insert_with(|| {
                ids.push(goods.id.clone());
                ids.len() as u32 - 1
            });
        }
        let contents = Contents::of(&events, &order, &numbers, options.passages)?;
        let all: Vec<&Document> = documents.iter().map(|(_, document)| *document).collect();
        let mut mapper = Mapper {
            events: &events,
            places: Places::of(&all),
            clock: options.clock,
            tracks: vec![Track::default(); ids.len()],
            ids: &ids,
            numbers: &numbers,
            contents,
            notes: corrections.notes,
            movements: Vec::new(),
            lines: Vec::new(),
            removals: Vec::new(),
            samples: Vec::new(),
            concerns: vec![Vec::new(); events.len()],
            held: HashMap::new(),
            lots: HashMap::new(),
            rode: HashSet::new(),
            noted: HashSet::new(),
            starts: counts
                .iter()
                .scan(0, |sum, n| Some(std::mem::replace(sum, *sum + n)))
                .collect(),
        };
        mapper.makers(&order);
        mapper.sweep(&order)?;
        mapper.close();
        mapper.makings();
        let names: Vec<&str> = documents.iter().map(|(name, _)| *name).collect();
        let written = mapper.write(&names)?;
        let Mapper { notes, mut concerns, held, lots, contents, .. } = mapper;
        for (at, first) in corrections.same.iter().enumerate().filter(|(at, first)| at != *first) {
            concerns[at] = concerns[*first].clone();
        }
        let numbers = numbers.into_iter().map(|(code, number)| (code.to_owned(), number)).collect();
        Ok(Self {
            chain: written.built.chain,
            findings: written.built.findings,
            notes,
            retracted: corrections.retracted,
            same: corrections.same,
            counts,
            stays: contents.into_stays(),
            clock: options.clock,
            numbers,
            concerns,
            held,
            lots,
            movements: written.movements,
            transformations: written.transformations,
            ids,
            events,
        })
    }

    /// The clock of the chain.
    #[must_use]
    pub fn clock(&self) -> UtcOffset {
        self.clock
    }

    /// The events that a shipment of the chain was made from: what sent it, what received it.
    #[must_use]
    pub fn events_of_shipment(&self, id: ShipmentId) -> Vec<&Event> {
        let view = self.chain.shipment(id);
        let (batch, from) = self.chain.stock_codes(view.from);
        let to = self.chain.stock_codes(view.to).1;
        let key = (view.code.to_owned(), batch.to_owned(), from.to_owned(), to.to_owned());
        self.pick(self.movements.get(&key))
    }

    /// The events that a transformation of the chain was made from.
    #[must_use]
    pub fn events_of_transformation(&self, id: TransformationId) -> Vec<&Event> {
        self.pick(self.transformations.get(self.chain.transformation(id).code))
    }

    fn pick(&self, set: Option<&BTreeSet<usize>>) -> Vec<&Event> {
        set.into_iter().flatten().filter_map(|at| self.events.get(*at)).collect()
    }

    /// The event a record was made from.
    #[must_use]
    pub fn event_at(&self, source: Source) -> Option<&Event> {
        let file = source.file.index();
        let start: usize = self.counts.get(..file)?.iter().sum();
        let line = (source.line as usize).checked_sub(1)?;
        (line < *self.counts.get(file)?).then(|| self.events.get(start + line))?
    }

    /// What a container ever held.
    pub(crate) fn ever_held(&self, container: u32) -> BTreeSet<u32> {
        ever_held(&self.stays, container)
    }

    /// The stock of goods at a place, when the chain has it.
    pub(crate) fn stock(&self, id: u32, site: &str) -> Option<StockId> {
        let code = self.ids.get(id as usize)?.canonical();
        self.chain.find_stock(code, site).ok()
    }
}

/// What an event is about at bottom.
struct Passed {
    part: Part,
    leaf: Leaf,
    /// Whether the event names its container.
    inside: bool,
    /// The path of a quantity that cannot be read.
    unread: Option<String>,
}

/// A line of a transformation.
pub(crate) struct Line {
    code: String,
    event: usize,
    site: String,
    output: bool,
    goods: Leaf,
}

/// What is built up event by event.
pub(crate) struct Mapper<'e> {
    events: &'e [Event],
    places: Places,
    clock: UtcOffset,
    ids: &'e [Identifier],
    numbers: &'e HashMap<&'e str, u32>,
    contents: Contents,
    tracks: Vec<Track>,
    notes: Vec<Problem>,
    movements: Vec<Movement>,
    lines: Vec<Line>,
    removals: Vec<(usize, String, Leaf, Step)>,
    samples: Vec<(usize, String, u32)>,
    concerns: Vec<Vec<(u32, String)>>,
    held: HashMap<u32, BTreeSet<u32>>,
    lots: HashMap<u32, String>,
    /// Stays in which a lot has arrived somewhere already, and those noted.
    rode: HashSet<usize>,
    noted: HashSet<usize>,
    /// The first event of each document.
    starts: Vec<usize>,
}

impl Mapper<'_> {
    /// Finds where everything was made, before anything moves: a record of where goods come from
    /// holds even when its time comes after their first journey.
    fn makers(&mut self, order: &[usize]) {
        for at in order {
            let event = &self.events[*at];
            let created = event.kind == EventKind::Object
                && event.action == Some(Action::Add)
                && Step::of(event) != Step::Gains;
            for goods in &event.goods {
                let id = self.numbers[goods.id.canonical()];
                let makes = goods.part == Part::Output || (created && goods.part == Part::Subject);
                if goods.id.kind() == Kind::Item {
                    let number = event.lot_number.as_deref().filter(|_| makes);
                    let lot = number.and_then(|number| goods.id.lot_of_number(number));
                    if let Some(lot) = goods.id.lot().or(lot) {
                        self.lots.entry(id).or_insert(lot);
                    }
                }
                if makes {
                    let site = site(event, false, false, &self.places);
                    let site = site.unwrap_or_else(|| UNKNOWN_PLACE.to_owned());
                    let track = &mut self.tracks[id as usize];
                    track.make(*at, &site);
                    if goods.part == Part::Output {
                        track.is_output = true;
                    } else if !track.makings.iter().any(|m| m.event == *at && goods.is_one) {
                        let quantity = goods.quantity;
                        track.makings.push(Making { event: *at, site, quantity });
                    }
                }
            }
        }
    }

    fn sweep(&mut self, order: &[usize]) -> Result<(), Error> {
        for at in order {
            let event = &self.events[*at];
            self.contents.go_to(event.time);
            let step = Step::of(event);
            let site = site(event, step == Step::Departs, step == Step::Arrives, &self.places);
            if event.time.is_none() {
                let what = "its time cannot be read and counts as unknown".to_owned();
                self.notes.push(Problem { path: event.path.clone(), what });
            }
            for path in &event.nameless {
                let what = "it names nothing and is left out".to_owned();
                self.notes.push(Problem { path: path.clone(), what });
            }
            let goods = self.goods_of(event)?;
            for Passed { part, leaf, inside, unread } in goods {
                if let Some(path) = unread {
                    let what = "its quantity cannot be read and counts as unknown".to_owned();
                    self.notes.push(Problem { path, what });
                }
                // A container that ends sets free what it held.
                let step = if inside && step == Step::Ends { Step::Observes } else { step };
                self.pass(*at, step, site.as_deref(), part, leaf);
            }
        }
        Ok(())
    }

    /// What an event is about, containers opened.
    fn goods_of(&mut self, event: &Event) -> Result<Vec<Passed>, Error> {
        let packs = matches!(event.kind, EventKind::Aggregation | EventKind::Association);
        let children = event.goods_in(Part::Child).next().is_some();
        let mut all = Vec::new();
        // One thing passes once, named beside its container or twice.
        let mut passed: HashSet<(bool, u32)> = HashSet::new();
        for goods in &event.goods {
            // A parent stands for what it holds where the event names no children.
            if goods.part == Part::Parent && packs && children {
                continue;
            }
            let id = self.numbers[goods.id.canonical()];
            let unread = goods.unread.then(|| goods.path.clone());
            let (part, output) = (goods.part, goods.part == Part::Output);
            let leaves = if output {
                vec![Leaf { id, quantity: goods.quantity, unsure: None }]
            } else {
                self.contents.leaves(id, goods.quantity, &goods.path)?
            };
            if leaves.iter().any(|leaf| leaf.id != id) {
                self.held.entry(id).or_default().extend(leaves.iter().map(|leaf| leaf.id));
            }
            for leaf in leaves {
                let one = goods.is_one && (leaf.id == id || leaf.unsure.is_none());
                if !one || passed.insert((output, leaf.id)) {
                    let inside = leaf.id != id;
                    all.push(Passed { part, leaf, inside, unread: unread.clone() });
                }
            }
        }
        Ok(all)
    }

    /// One passage of goods: what an event says of one thing.
    fn pass(&mut self, at: usize, step: Step, site: Option<&str>, part: Part, leaf: Leaf) {
        let event = &self.events[at];
        let Leaf { id, quantity, unsure } = leaf;
        let last = self.tracks[id as usize].last_site();
        let site = site.or(last).unwrap_or(UNKNOWN_PLACE).to_owned();
        self.concerns[at].push((id, site.clone()));
        self.belong(at, id, &site);
        if event.kind == EventKind::Transformation {
            if part != Part::Output {
                self.sight(at, leaf, &site);
            }
            let code = match &event.transformation {
                Some(code) => Identifier::parse(code).canonical().to_owned(),
                None => event.name().to_owned(),
            };
            let output = part == Part::Output;
            self.lines.push(Line { code, event: at, site, output, goods: leaf });
            return;
        }
        match step {
            Step::Departs => {
                self.sight(at, leaf, &site);
                let possible = self.is_possible(at, leaf);
                let open = Open { event: at, site, left: quantity, possible };
                self.tracks[id as usize].open.push(open);
            }
            Step::Voids => {
                let open = &mut self.tracks[id as usize].open;
                let latest = (0..open.len()).rev().take(COMPARED);
                if let Some(found) = latest.into_iter().find(|at| open[*at].site == site) {
                    open.remove(found);
                }
            }
            Step::Arrives => self.arrive(at, leaf, &site),
            Step::Samples => {
                self.sight(at, leaf, &site);
                self.samples.push((at, site, id));
            }
            Step::Sells | Step::Destroys | Step::Ends | Step::Gains => {
                self.sight(at, leaf, &site);
                // What is gone with its container was in it, for what is known.
                if unsure.is_none_or(|stay| !self.contents.is_rest(stay)) {
                    self.removals.push((at, site, leaf, step));
                }
            }
            Step::Observes => self.sight(at, leaf, &site),
        }
    }

    /// An item whose lot is in the document too: it was taken from the lot where it is first seen.
    fn belong(&mut self, at: usize, id: u32, site: &str) {
        if self.tracks[id as usize].seen || self.tracks[id as usize].is_output {
            return;
        }
        self.tracks[id as usize].seen = true;
        let lot = self.lots.get(&id).and_then(|lot| self.numbers.get(lot.as_str())).copied();
        let Some(lot) = lot.filter(|lot| *lot != id) else { return };
        let leaf = |id: u32| Leaf { id, quantity: None, unsure: None };
        self.sight(at, leaf(lot), site);
        self.concerns[at].push((lot, site.to_owned()));
        // To take it out is what made it.
        let track = &mut self.tracks[id as usize];
        track.make(at, site);
        track.is_output = true;
        track.makings.clear();
        let code = format!("items of {} by {}", self.ids[lot as usize], self.events[at].name());
        for (goods, output) in [(leaf(lot), false), (leaf(id), true)] {
            let line = Line { code: code.clone(), event: at, site: site.to_owned(), output, goods };
            self.lines.push(line);
        }
    }

    /// Goods are seen at a place. Where nothing says how they came, they came from where they were
    /// last: items always, lots where they have not been before.
    fn sight(&mut self, at: usize, leaf: Leaf, site: &str) {
        let id = leaf.id;
        let track = &mut self.tracks[id as usize];
        let elsewhere = track.last_site().is_some_and(|last| last != site);
        let item = matches!(self.ids[id as usize].kind(), Kind::Item | Kind::Unit);
        let new = !track.sites.contains(site);
        if elsewhere && (new || item) {
            self.arrive(at, Leaf { quantity: None, ..leaf }, site);
        } else {
            track.stay(at, site);
        }
    }

    /// Goods arrive: of what was sent and not yet received, the sending that fits best.
    fn arrive(&mut self, at: usize, leaf: Leaf, site: &str) {
        let Leaf { id, quantity, unsure } = leaf;
        let event = &self.events[at];
        let fit = |open: &Open| {
            let sent = &self.events[open.event];
            let to = sent.destinations.iter().any(|end| self.places.is_at(&end.id, site));
            let from = event.sources.iter().any(|end| self.places.is_at(&end.id, &open.site));
            let shared = sent.transactions.iter().any(|t| event.transactions.contains(t));
            let much = quantity.is_some() && open.left == quantity;
            let away = open.site != site;
            (away, u8::from(to) * 3 + u8::from(from) * 2 + u8::from(shared) * 2 + u8::from(much))
        };
        let track = &self.tracks[id as usize];
        // Of those that fit alike, the first that was sent.
        let best =
            (0..track.open.len().min(COMPARED)).rev().max_by_key(|place| fit(&track.open[*place]));
        let code = |event: &Event| event.name().to_owned();
        let movement = match best.and_then(|place| track.open.get(place).map(|o| (place, o))) {
            Some((place, open)) => {
                let (from, sender, left) = (open.site.clone(), open.event, open.left);
                let possible = open.possible;
                self.tracks[id as usize].take(place, quantity);
                Movement {
                    code: code(&self.events[sender]),
                    goods: Leaf { quantity: quantity.or(left), ..leaf },
                    from,
                    to: site.to_owned(),
                    sent: Some(sender),
                    received: Some(at),
                    possible,
                }
            }
            None => {
                // A source that is a place is believed; a party only where nothing says better.
                let stated =
                    crate::places::end(&event.sources).filter(|_| Step::of(event) == Step::Arrives);
                let last = track.last_site().map(str::to_owned);
                let from = match stated {
                    Some(end) if end.kind() == Kind::Place => Some(self.places.site_of(end)),
                    Some(end) => last.or_else(|| Some(self.places.site_of(end))),
                    None => last,
                };
                let from = from.filter(|from| from != site);
                let Some(from) = from else {
                    self.tracks[id as usize].stay(at, site);
                    return;
                };
                Movement {
                    code: code(event),
                    goods: leaf,
                    from,
                    to: site.to_owned(),
                    sent: None,
                    received: Some(at),
                    possible: self.is_possible(at, leaf),
                }
            }
        };
        let track = &mut self.tracks[id as usize];
        if track.sites.is_empty() {
            track.first = Some((at, movement.from.clone()));
            track.sites.insert(movement.from.clone());
        }
        track.stay(at, site);
        if movement.from != movement.to {
            self.movements.push(movement);
            self.rode.extend(unsure);
        }
    }

    /// Whether a ride of a lot in a container may not have taken place: nothing took it out of the
    /// container, and it has been somewhere since. The first such ride of a stay is noted.
    fn is_possible(&mut self, at: usize, leaf: Leaf) -> bool {
        let Some(stay) = leaf.unsure else { return false };
        let possible = self.contents.is_rest(stay) || self.rode.contains(&stay);
        if possible && self.noted.insert(stay) {
            let lot = &self.ids[leaf.id as usize];
            let container = self.contents.container(stay).map(|id| self.ids[id as usize].clone());
            let container = container.map_or_else(String::new, |id| id.to_string());
            let what = format!(
                "nothing says that {lot} was taken out of {container} before: that it rides on is \
                 possible, not certain"
            );
            self.notes.push(Problem { path: self.events[at].path.clone(), what });
        }
        possible
    }

    /// What was sent and never received: on the road to where it was to go, or gone.
    fn close(&mut self) {
        for id in 0..self.tracks.len() {
            for open in std::mem::take(&mut self.tracks[id].open) {
                let event = &self.events[open.event];
                let goods = Leaf { id: id as u32, quantity: open.left, unsure: None };
                let to = crate::places::end(&event.destinations)
                    .map(|end| self.places.site_of(end))
                    .filter(|to| *to != open.site);
                match to {
                    Some(to) => self.movements.push(Movement {
                        code: event.name().to_owned(),
                        goods,
                        from: open.site,
                        to,
                        sent: Some(open.event),
                        received: None,
                        possible: open.possible,
                    }),
                    // What may not have gone is still there.
                    None if open.possible => {}
                    None => self.removals.push((open.event, open.site, goods, Step::Departs)),
                }
            }
        }
    }

    /// The makings that no batch row can tell of: outputs of nothing.
    fn makings(&mut self) {
        for (id, track) in self.tracks.iter_mut().enumerate() {
            if track.only_making().is_some() {
                continue;
            }
            for Making { event, site, quantity } in std::mem::take(&mut track.makings) {
                let code = self.events[event].name().to_owned();
                let goods = Leaf { id: id as u32, quantity, unsure: None };
                self.lines.push(Line { code, event, site, output: true, goods });
            }
        }
    }

    /// Where a record comes from: a document, and the number of an event in it.
    fn source(&self, event: usize, files: &[FileId]) -> Source {
        let document = self.events[event].document;
        let line = event - self.starts[document] + 1;
        files.get(document).map_or(Source::NONE, |file| Source::new(*file, line as u32))
    }

    fn span(&self, event: Option<usize>) -> Span {
        let time = event.and_then(|at| self.events[at].time);
        time.map_or(Span::UNKNOWN, |time| time.span(self.clock))
    }
}
