//! From an obligation to a follow-up: how many samples, where, which, when, by whom, how far, and
//! where next. Each step is usable alone and serialisable, so that a plan can be published,
//! replayed and audited.
//!
//! ```
//! use suyuan_core::sampling::draw::Design;
//! use suyuan_core::sampling::protocol::{DrawPlan, draw_sample, verify};
//! use suyuan_core::sampling::{Frame, FrameUnit, Rate, Rounding, apportion};
//! // 5 samples a year for each 1000 people of two districts, shared out in proportion.
//! let people = [486_643, 1_096_879];
//! let owed = Rate::default().minimum(people.iter().sum());
//! let quotas = apportion(&people, owed, Rounding::Webster)?;
//! assert_eq!((owed, &*quotas), (7918, &[2433, 5485][..]));
//! // One month's draw in the first district, from a list of shops by the stocks they hold.
//! let shop = |at: u64| FrameUnit {
//!     stratum: "370202".into(), code: format!("SHOP-{at}"), size: 1 + at % 7, place: None,
//! };
//! let frame = Frame::new((0..500).map(shop).collect())?;
//! let plan = DrawPlan::new("lottery of 2026-03-01: 04 11 19", Design::SystematicPps)
//!     .quota("370202", quotas[0] / 12);
//! let record = draw_sample(&frame, &plan)?;
//! assert_eq!(record.strata[0].drawn.len(), 202);
//! assert!(verify(&record, &frame)?.is_empty());
//! # Ok::<(), suyuan_core::sampling::SamplingError>(())
//! ```
//!
//! | step | module |
//! |---|---|
//! | obligation, minima | [`obligation`] |
//! | allocation | [`allocation`], [`plan`] for a whole year |
//! | frame | [`frame`] |
//! | draw, and its record | [`draw`], [`protocol`] |
//! | schedule | [`schedule`] |
//! | inspectors, laboratories | [`assignment`] |
//! | grades, frequencies, credit | [`risk`] |
//! | progress, follow-up | [`progress`], [`followup`] |
//!
//! Whole numbers are exact, ties have stated rules, and random numbers come from published texts.
//! Floating point is used in statistics alone, and said where.

pub mod allocation;
pub mod assignment;
pub mod draw;
mod error;
pub(crate) mod exact;
pub mod followup;
pub mod frame;
mod matching;
pub mod obligation;
pub mod plan;
pub mod progress;
pub mod protocol;
pub mod risk;
pub mod schedule;

pub use allocation::*;
pub use error::{Conflict, Requirement, SamplingError, Sense, Shortage, Subject};
pub use frame::{
    Candidate, CandidateOptions, Excluded, Exclusion, ExclusionRule, Frame, FrameBuilt, FrameUnit,
    SizeMeasure, UnitKind, candidates,
};
pub use obligation::{Concerned, Minimum, MinimumRule, Obligation, Obligations, Rate, minima};
