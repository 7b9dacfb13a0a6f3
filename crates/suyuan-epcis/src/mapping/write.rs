//! What was found of the events, written as records.

use std::collections::{BTreeMap, BTreeSet};

use suyuan_core::chain::{Built, ChainBuilder};
use suyuan_core::id::FileId;
use suyuan_core::model::{
    Batch, Operator, Product, Removal, RemovalReason, Role, Sample, Shipment, Source,
    TransformationLine,
};
use suyuan_core::quantity::parse_decimal;
use suyuan_core::time::Span;

use super::Mapper;
use super::steps::Step;
use super::track::Movement;
use crate::contents::Leaf;
use crate::error::Error;
use crate::time::Moment;

/// The chain, and which events each link was made from.
pub(crate) struct Written {
    pub(crate) built: Built,
    pub(crate) movements: BTreeMap<(String, String, String, String), BTreeSet<usize>>,
    pub(crate) transformations: BTreeMap<String, BTreeSet<usize>>,
}

impl Mapper<'_> {
    pub(crate) fn write(&mut self, names: &[&str]) -> Result<Written, Error> {
        let mut builder = ChainBuilder::new();
        let files: Vec<FileId> = names.iter().map(|name| builder.add_file(name)).collect();
        let mut written_movements: BTreeMap<_, BTreeSet<usize>> = BTreeMap::new();
        let mut transformations: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
        self.registries(&mut builder, &files)?;
        let source = |event: usize| self.source(event, &files);
        for (at, movement) in self.movements.iter().enumerate() {
            let batch = self.ids[movement.goods.id as usize].canonical();
            let event = movement.sent.or(movement.received).unwrap_or_default();
            let shipment = Shipment {
                code: movement.code.as_str().into(),
                batch: batch.into(),
                from: movement.from.as_str().into(),
                to: movement.to.as_str().into(),
                shipped_on: self.ride(movement, movement.sent),
                received_on: self.ride(movement, movement.received),
                quantity: movement.goods.quantity.map(|(quantity, _)| quantity),
                unit: movement.goods.quantity.map(|(_, unit)| unit),
                digest: at as u64 + 1,
                ..Shipment::default()
            };
            builder.add_shipment(&shipment, source(event))?;
            let key = (
                movement.code.clone(),
                batch.to_owned(),
                movement.from.clone(),
                movement.to.clone(),
            );
            let events = [movement.sent, movement.received];
            written_movements.entry(key).or_default().extend(events.into_iter().flatten());
        }
        for line in &self.lines {
            let event = &self.events[line.event];
            let record = TransformationLine {
                code: line.code.as_str().into(),
                operator: line.site.as_str().into(),
                transformed_on: self.span(Some(line.event)),
                role: if line.output { Role::Output } else { Role::Input },
                batch: self.ids[line.goods.id as usize].canonical().into(),
                quantity: line.goods.quantity.map(|(quantity, _)| quantity),
                unit: line.goods.quantity.map(|(_, unit)| unit),
                process: event.step.as_deref().unwrap_or_default().into(),
                ..TransformationLine::default()
            };
            builder.add_transformation_line(&record, source(line.event))?;
            transformations.entry(line.code.clone()).or_default().insert(line.event);
        }
        for (event, site, Leaf { id, quantity, .. }, step) in &self.removals {
            let removal = Removal {
                batch: self.ids[*id as usize].canonical().into(),
                operator: site.as_str().into(),
                removed_on: self.span(Some(*event)),
                quantity: quantity.map(|(quantity, _)| quantity),
                unit: quantity.map(|(_, unit)| unit),
                reason: match step {
                    Step::Sells => Some(RemovalReason::Sold),
                    Step::Destroys => Some(RemovalReason::Destroyed),
                    Step::Gains => Some(RemovalReason::Gained),
                    _ => None,
                },
                ..Removal::default()
            };
            builder.add_removal(&removal, source(*event))?;
        }
        for (event, site, id) in &self.samples {
            let sample = Sample {
                code: self.events[*event].name().into(),
                batch: self.ids[*id as usize].canonical().into(),
                operator: site.as_str().into(),
                sampled_on: self.span(Some(*event)),
                ..Sample::default()
            };
            builder.add_sample(&sample, source(*event))?;
        }
        Ok(Written { built: builder.build()?, movements: written_movements, transformations })
    }

    /// When a ride left or arrived. One that may not have taken place has no date to the day, which
    /// makes it possible only: it ends a day later.
    fn ride(&self, movement: &Movement, event: Option<usize>) -> Span {
        let span = self.span(event);
        match movement.possible && span.latest.is_bounded() {
            true => Span { latest: span.latest.plus(24 * 60), ..span },
            false => span,
        }
    }

    /// Operators, products and batches, each once.
    fn registries(&self, builder: &mut ChainBuilder, files: &[FileId]) -> Result<(), Error> {
        let mut sites: BTreeSet<&str> = BTreeSet::new();
        let mut classes: BTreeSet<String> = BTreeSet::new();
        let movements = self.movements.iter().flat_map(|m| [m.from.as_str(), m.to.as_str()]);
        sites.extend(movements.chain(self.lines.iter().map(|line| line.site.as_str())));
        for (track, id) in self.tracks.iter().zip(self.ids) {
            if let Some((event, site)) = &track.first {
                sites.insert(site);
                let class = id.class().unwrap_or_default();
                let (maker, place) = match &track.made {
                    Some((event, place)) => (Some(*event), place),
                    None => (None, site),
                };
                let maker_event = maker.and_then(|at| self.events.get(at));
                let stated = |text: Option<&String>| match text {
                    Some(text) => match Moment::parse(text) {
                        Some(moment) => moment.span(self.clock),
                        None => Span::parse(text, self.clock).unwrap_or(Span::UNKNOWN),
                    },
                    None => Span::UNKNOWN,
                };
                let origin = maker_event.and_then(|event| event.origin.as_deref());
                let quantity = track.only_making().and_then(|making| making.quantity);
                let batch = Batch {
                    code: id.canonical().into(),
                    product: class.as_str().into(),
                    operator: place.as_str().into(),
                    produced_on: self.span(maker),
                    expires_on: stated(maker_event.and_then(|event| event.expires.as_ref())),
                    quantity: quantity.map(|(quantity, _)| quantity),
                    unit: quantity.map(|(_, unit)| unit),
                    origin: origin.unwrap_or_default().into(),
                    ..Batch::default()
                };
                builder.add_batch(&batch, self.source(maker.unwrap_or(*event), files))?;
                if !class.is_empty() {
                    classes.insert(class);
                }
            }
        }
        for site in sites {
            let master = self.places.masters.get(site);
            let number = |text: &str| parse_decimal(text).ok();
            let operator = Operator {
                code: site.into(),
                name: master.map_or("", |master| &master.name).into(),
                latitude: master.and_then(|master| number(&master.latitude)),
                longitude: master.and_then(|master| number(&master.longitude)),
                ..Operator::default()
            };
            builder.add_operator(&operator, Source::NONE)?;
        }
        for class in classes {
            let name = self.places.masters.get(&class).map_or("", |master| &master.name);
            let product =
                Product { code: class.as_str().into(), name: name.into(), ..Product::default() };
            builder.add_product(&product, Source::NONE)?;
        }
        Ok(())
    }
}
