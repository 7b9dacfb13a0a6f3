//! The words of the Core Business Vocabulary (CBV 2.0), and the forms they are written in.
//!
//! ```
//! use suyuan_epcis::Vocabulary;
//! for text in [
//!     "shipping",
//!     "cbv:BizStep-shipping",
//!     "urn:epcglobal:cbv:bizstep:shipping",
//!     "https://ref.gs1.org/cbv/BizStep-shipping",
//! ] {
//!     assert_eq!(Vocabulary::BizStep.word(text), Some("shipping"));
//! }
//! assert_eq!(Vocabulary::BizStep.word("https://example.com/bizStep/inspecting"), None);
//! ```

/// A vocabulary of the standard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Vocabulary {
    /// Business steps.
    BizStep,
    /// Dispositions.
    Disposition,
    /// Types of business transactions.
    BizTransactionType,
    /// Types of sources and destinations.
    SourceDestinationType,
    /// Reasons of error declarations.
    ErrorReason,
    /// Components of a measurement.
    Component,
    /// Types of measurements.
    Measurement,
    /// Exceptions of a sensor report.
    Alarm,
}

/// What comes before a word in the forms that are no bare words: URN, CURIE and the last part of a
/// URL.
struct Prefixes {
    urn: &'static str,
    dashed: &'static str,
}

/// The addresses of the CBV on the web, and its prefix in JSON-LD.
const CBV: [&str; 5] = [
    "cbv:",
    "https://ref.gs1.org/cbv/",
    "http://ref.gs1.org/cbv/",
    "https://ns.gs1.org/cbv/",
    "http://ns.gs1.org/cbv/",
];
/// The addresses of the GS1 Web Vocabulary, and its prefix.
const GS1: [&str; 6] = [
    "gs1:",
    "https://gs1.org/voc/",
    "http://gs1.org/voc/",
    "https://www.gs1.org/voc/",
    "http://www.gs1.org/voc/",
    "https://ref.gs1.org/voc/",
];

impl Vocabulary {
    /// The words of the vocabulary.
    #[must_use]
    pub const fn words(self) -> &'static [&'static str] {
        match self {
            Self::BizStep => BIZ_STEPS,
            Self::Disposition => DISPOSITIONS,
            Self::BizTransactionType => TRANSACTIONS,
            Self::SourceDestinationType => SOURCES,
            Self::ErrorReason => REASONS,
            Self::Component => COMPONENTS,
            Self::Measurement => MEASUREMENTS,
            Self::Alarm => ALARMS,
        }
    }

    const fn prefixes(self) -> Prefixes {
        let (urn, dashed) = match self {
            Self::BizStep => ("urn:epcglobal:cbv:bizstep:", "BizStep-"),
            Self::Disposition => ("urn:epcglobal:cbv:disp:", "Disp-"),
            Self::BizTransactionType => ("urn:epcglobal:cbv:btt:", "BTT-"),
            Self::SourceDestinationType => ("urn:epcglobal:cbv:sdt:", "SDT-"),
            Self::ErrorReason => ("urn:epcglobal:cbv:er:", "ER-"),
            Self::Component => ("urn:epcglobal:cbv:comp:", "Comp-"),
            Self::Measurement | Self::Alarm => ("", ""),
        };
        Prefixes { urn, dashed }
    }

    /// The bare word a text stands for, in any of its forms; `None` for anything else, a term of
    /// somebody else's vocabulary included.
    #[must_use]
    pub fn word(self, text: &str) -> Option<&'static str> {
        let known = |word: &str| self.words().iter().find(|known| **known == word).copied();
        let prefixes = self.prefixes();
        if !prefixes.urn.is_empty() {
            if let Some(word) = text.strip_prefix(prefixes.urn) {
                return known(word);
            }
            if let Some(rest) = CBV.iter().find_map(|prefix| text.strip_prefix(prefix)) {
                return known(rest.strip_prefix(prefixes.dashed)?);
            }
            return known(text);
        }
        let bare = GS1.iter().find_map(|prefix| text.strip_prefix(prefix)).unwrap_or(text);
        // Alarms are also written as members of their class.
        known(bare.strip_prefix("SensorAlertType-").unwrap_or(bare))
    }

    /// The URN form of a bare word, as XML writes it; `None` for anything else.
    pub(crate) fn urn(self, word: &str) -> Option<String> {
        let prefix = self.prefixes().urn;
        (!prefix.is_empty() && self.words().contains(&word)).then(|| format!("{prefix}{word}"))
    }

    /// Whether a text is a URI in the place of a word: any, but not an unknown word under the
    /// standard's own addresses.
    pub(crate) fn allows(self, text: &str) -> bool {
        if self.word(text).is_some() {
            return true;
        }
        let own: &[&str] = match self {
            Self::Measurement | Self::Alarm => &GS1[1..],
            _ => &["urn:epcglobal:cbv", "https://ns.gs1.org/cbv/", "http://ns.gs1.org/cbv/"],
        };
        is_uri(text) && !own.iter().any(|prefix| text.starts_with(prefix))
    }
}

/// Whether a text has the form of a URI: a scheme, a colon, and no white space. A name with a
/// prefix (`ext:name`) has it too.
#[must_use]
pub fn is_uri(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else {
        return false;
    };
    scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.' | '_'))
        && !rest.is_empty()
        && !rest.chars().any(|c| c.is_whitespace() || c.is_control())
}

const BIZ_STEPS: &[&str] = &[
    "accepting",
    "arriving",
    "assembling",
    "collecting",
    "commissioning",
    "consigning",
    "creating_class_instance",
    "cycle_counting",
    "decommissioning",
    "departing",
    "destroying",
    "disassembling",
    "dispensing",
    "encoding",
    "entering_exiting",
    "holding",
    "inspecting",
    "installing",
    "killing",
    "loading",
    "other",
    "packing",
    "picking",
    "receiving",
    "removing",
    "repackaging",
    "repairing",
    "replacing",
    "reserving",
    "retail_selling",
    "shipping",
    "staging_outbound",
    "stock_taking",
    "stocking",
    "storing",
    "transporting",
    "unloading",
    "unpacking",
    "void_shipping",
    "sensor_reporting",
    "sampling",
];

const DISPOSITIONS: &[&str] = &[
    "active",
    "container_closed",
    "damaged",
    "destroyed",
    "dispensed",
    "disposed",
    "encoded",
    "expired",
    "in_progress",
    "in_transit",
    "inactive",
    "no_pedigree_match",
    "non_sellable_other",
    "partially_dispensed",
    "recalled",
    "reserved",
    "retail_sold",
    "returned",
    "sellable_accessible",
    "sellable_not_accessible",
    "stolen",
    "unknown",
    "available",
    "completeness_verified",
    "completeness_inferred",
    "conformant",
    "container_open",
    "mismatch_instance",
    "mismatch_class",
    "mismatch_quantity",
    "needs_replacement",
    "non_conformant",
    "unavailable",
];

const TRANSACTIONS: &[&str] = &[
    "bol",
    "cert",
    "desadv",
    "inv",
    "pedigree",
    "po",
    "poc",
    "prodorder",
    "recadv",
    "rma",
    "testprd",
    "testres",
    "upevt",
];

const SOURCES: &[&str] = &["owning_party", "possessing_party", "location"];

const REASONS: &[&str] = &["did_not_occur", "incorrect_data"];

const COMPONENTS: &[&str] = &[
    "x",
    "y",
    "z",
    "axial_distance",
    "azimuth",
    "height",
    "spherical_radius",
    "polar_angle",
    "elevation_angle",
    "easting",
    "northing",
    "latitude",
    "longitude",
    "altitude",
];

const MEASUREMENTS: &[&str] = &[
    "AbsoluteHumidity",
    "AbsorbedDose",
    "AbsorbedDoseRate",
    "Acceleration",
    "Radioactivity",
    "Altitude",
    "AmountOfSubstance",
    "AmountOfSubstancePerUnitVolume",
    "Angle",
    "AngularAcceleration",
    "AngularMomentum",
    "AngularVelocity",
    "Area",
    "Capacitance",
    "Conductance",
    "Conductivity",
    "Count",
    "Density",
    "Dimensionless",
    "DoseEquivalent",
    "DoseEquivalentRate",
    "DynamicViscosity",
    "ElectricCharge",
    "ElectricCurrent",
    "ElectricCurrentDensity",
    "ElectricFieldStrength",
    "Energy",
    "Exposure",
    "Force",
    "Frequency",
    "Illuminance",
    "Inductance",
    "Irradiance",
    "KinematicViscosity",
    "Length",
    "LinearMomentum",
    "Luminance",
    "LuminousFlux",
    "LuminousIntensity",
    "MagneticFlux",
    "MagneticFluxDensity",
    "MagneticVectorPotential",
    "Mass",
    "MassConcentration",
    "MassFlowRate",
    "MassPerAreaTime",
    "MemoryCapacity",
    "MolalityOfSolute",
    "MolarEnergy",
    "MolarMass",
    "MolarVolume",
    "Power",
    "Pressure",
    "RadiantFlux",
    "RadiantIntensity",
    "RelativeHumidity",
    "Resistance",
    "Resistivity",
    "SolidAngle",
    "SpecificVolume",
    "Speed",
    "SurfaceDensity",
    "SurfaceTension",
    "Temperature",
    "Time",
    "Torque",
    "Voltage",
    "Volume",
    "VolumeFlowRate",
    "VolumeFraction",
    "VolumetricFlux",
    "Wavenumber",
];

const ALARMS: &[&str] = &["ALARM_CONDITION", "ERROR_CONDITION"];
