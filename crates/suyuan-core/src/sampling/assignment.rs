//! Who: double random pairs of inspectors, and laboratories of another body than the sampler's.
//!
//! ```
//! use suyuan_core::sampling::assignment::{Inspector, Rules, Visit, assign_inspectors};
//! use suyuan_core::sampling::draw::{Seed, Stream};
//! let inspector = |code: &str| Inspector::new(code, "370202");
//! let inspectors = ["I1", "I2", "I3"].map(inspector);
//! let visits = ["SHOP-1", "SHOP-2", "SHOP-3"].map(|code| Visit::new(code, "370202"));
//! let rules = Rules::default().conflict("I1", "SHOP-1");
//! let mut stream = Stream::new(Seed::derive("lottery", "digest", "inspectors"));
//! let found = assign_inspectors(&visits, &inspectors, &rules, &mut stream)?;
//! assert_eq!(found.teams[0].inspectors, ["I2", "I3"]);
//! assert!(found.loads.iter().all(|(_, visits)| *visits == 2));
//! # Ok::<(), suyuan_core::sampling::SamplingError>(())
//! ```

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::draw::Stream;
use super::error::{SamplingError, Shortage, Subject};
use super::matching::{Matching, Short};

/// An operator to be visited.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Visit {
    /// The operator's code.
    pub operator: String,
    /// The district in which inspectors are drawn.
    pub district: String,
}

impl Visit {
    /// A visit to an operator in a district.
    #[must_use]
    pub fn new(operator: &str, district: &str) -> Self {
        Self { operator: operator.to_owned(), district: district.to_owned() }
    }
}

/// An inspector who can be drawn.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Inspector {
    /// The inspector's code.
    pub code: String,
    /// The district worked in; empty for any.
    #[serde(default)]
    pub district: String,
    /// The most visits; `None` for no limit.
    #[serde(default)]
    pub most: Option<u64>,
}

impl Inspector {
    /// An inspector of a district.
    #[must_use]
    pub fn new(code: &str, district: &str) -> Self {
        Self { code: code.to_owned(), district: district.to_owned(), most: None }
    }
}

/// What a pair must keep to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Rules {
    /// Inspectors a visit: at least two (Order 49, article 23).
    pub team: usize,
    /// Inspector and operator with a conflict of interest: never together.
    pub conflicts: BTreeSet<(String, String)>,
    /// Inspector and operator of the year before: not together again while others can go.
    pub last_year: BTreeSet<(String, String)>,
    /// Whether a pair of last year may go again where nobody else can.
    pub may_repeat: bool,
}

impl Default for Rules {
    fn default() -> Self {
        Self { team: 2, conflicts: BTreeSet::new(), last_year: BTreeSet::new(), may_repeat: false }
    }
}

impl Rules {
    /// Keeps an inspector away from an operator.
    #[must_use]
    pub fn conflict(mut self, inspector: &str, operator: &str) -> Self {
        self.conflicts.insert((inspector.to_owned(), operator.to_owned()));
        self
    }

    /// Says who went last year.
    #[must_use]
    pub fn went_last_year(mut self, inspector: &str, operator: &str) -> Self {
        self.last_year.insert((inspector.to_owned(), operator.to_owned()));
        self
    }
}

/// Inspectors for every visit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Assignment {
    /// A team a visit, in the order of the visits.
    pub teams: Vec<Team>,
    /// Visits of each inspector, by code.
    pub loads: Vec<(String, u64)>,
}

/// Who goes to one operator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Team {
    /// The operator's code.
    pub operator: String,
    /// The inspectors, by code.
    pub inspectors: Vec<String>,
    /// Those of them who went last year, because nobody else could.
    pub repeats: Vec<String>,
}

/// Draws inspectors for every visit: at random, within the district, never against a conflict,
/// the visits of inspectors as even as any assignment can make them.
///
/// The order of visits and inspectors does not matter. Where nobody is left but those of last
/// year, the visits concerned alone may repeat them, if the rules say so. One matching a round;
/// O(places x inspectors) in practice.
///
/// # Errors
/// [`SamplingError::Duplicate`] for an inspector or an operator given twice;
/// [`SamplingError::Value`] for a team below two; [`SamplingError::Shortage`] naming visits that
/// need more inspectors than may go.
pub fn assign_inspectors(
    visits: &[Visit],
    inspectors: &[Inspector],
    rules: &Rules,
    stream: &mut Stream,
) -> Result<Assignment, SamplingError> {
    if rules.team < 2 {
        let expected = "two or more";
        return Err(SamplingError::value("the team", Subject::Whole, rules.team, expected));
    }
    let mut people: Vec<&Inspector> = inspectors.iter().collect();
    people.sort_unstable();
    distinct("inspector", people.iter().map(|inspector| &*inspector.code))?;
    let mut tasks: Vec<(usize, &Visit)> = visits.iter().enumerate().collect();
    tasks.sort_unstable_by_key(|(at, visit)| (*visit, *at));
    let mut operators: Vec<&str> = visits.iter().map(|visit| &*visit.operator).collect();
    operators.sort_unstable();
    distinct("operator", operators.into_iter())?;
    let code = |inspector: &Inspector| inspector.code.clone();
    let together = |set: &BTreeSet<(String, String)>, inspector: &Inspector, visit: &Visit| {
        !set.is_empty() && set.contains(&(inspector.code.clone(), visit.operator.clone()))
    };
    // Each pair is looked up many times.
    let kind = |inspector: &Inspector, visit: &Visit| {
        let here = inspector.district.is_empty() || inspector.district == visit.district;
        if !here || together(&rules.conflicts, inspector, visit) {
            Pair::Never
        } else if together(&rules.last_year, inspector, visit) {
            Pair::LastYear
        } else {
            Pair::Free
        }
    };
    let mut districts: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, (_, visit)) in tasks.iter().enumerate() {
        districts.entry(&visit.district).or_default().push(at);
    }
    // An inspector of any district joins all districts into one matching.
    let parts: Vec<Vec<usize>> = if people.iter().any(|inspector| inspector.district.is_empty()) {
        vec![(0..tasks.len()).collect()]
    } else {
        districts.into_values().collect()
    };
    let mut teams: Vec<Option<Team>> = vec![None; visits.len()];
    let mut loads: BTreeMap<String, u64> =
        people.iter().map(|inspector| (code(inspector), 0)).collect();
    for part in parts {
        let visit = |task: usize| tasks[part[task]].1;
        let local: Vec<&Inspector> = people
            .iter()
            .copied()
            .filter(|inspector| {
                let home = &inspector.district;
                home.is_empty()
                    || part
                        .first()
                        .is_some_and(|_| (0..part.len()).any(|t| visit(t).district == *home))
            })
            .collect();
        let pairs: Vec<Pair> = (0..part.len())
            .flat_map(|task| local.iter().map(move |inspector| (task, inspector)))
            .map(|(task, inspector)| kind(inspector, visit(task)))
            .collect();
        let capacity: Vec<u64> =
            local.iter().map(|inspector| inspector.most.unwrap_or(u64::MAX)).collect();
        let mut relaxed = vec![false; part.len()];
        let found = loop {
            let may = |task: usize, person: usize| match pairs[task * local.len() + person] {
                Pair::Free => true,
                Pair::LastYear => relaxed[task],
                Pair::Never => false,
            };
            let problem =
                Matching { tasks: part.len(), places: rules.team, capacity: &capacity, may: &may };
            match problem.solve(stream) {
                Ok(found) => break found,
                Err(short) => {
                    let strict: Vec<usize> =
                        short.tasks.iter().copied().filter(|task| !relaxed[*task]).collect();
                    if !rules.may_repeat || strict.is_empty() {
                        let operator = |task: usize| visit(task).operator.clone();
                        let name = |person: usize| code(local[person]);
                        return Err(shortage("inspectors", &short, operator, name));
                    }
                    strict.into_iter().for_each(|task| relaxed[task] = true);
                }
            }
        };
        for (task, servers) in found.into_iter().enumerate() {
            let again = |person: &&usize| pairs[task * local.len() + **person] == Pair::LastYear;
            let repeats = servers.iter().filter(again).map(|at| code(local[*at])).collect();
            for person in &servers {
                *loads.entry(code(local[*person])).or_default() += 1;
            }
            teams[tasks[part[task]].0] = Some(Team {
                operator: visit(task).operator.clone(),
                inspectors: servers.into_iter().map(|person| code(local[person])).collect(),
                repeats,
            });
        }
    }
    Ok(Assignment {
        teams: teams.into_iter().flatten().collect(),
        loads: loads.into_iter().collect(),
    })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Pair {
    Free,
    LastYear,
    Never,
}

fn distinct<'a>(
    kind: &'static str,
    sorted: impl Iterator<Item = &'a str>,
) -> Result<(), SamplingError> {
    let mut before: Option<&str> = None;
    for code in sorted {
        if before == Some(code) {
            return Err(SamplingError::Duplicate { kind, code: code.to_owned() });
        }
        before = Some(code);
    }
    Ok(())
}

fn shortage(
    of: &'static str,
    short: &Short,
    task: impl Fn(usize) -> String,
    server: impl Fn(usize) -> String,
) -> SamplingError {
    SamplingError::Shortage(Shortage {
        of,
        tasks: short.tasks.iter().map(|at| task(*at)).collect(),
        servers: short.servers.iter().map(|at| server(*at)).collect(),
        needed: short.needed,
        available: short.available,
    })
}

/// A sample to be tested.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LabSample {
    /// The sample's code.
    pub code: String,
    /// The item to be tested for, or the food category.
    pub item: String,
    /// The body that takes the sample.
    pub sampler: String,
    /// The week it arrives, any number.
    pub week: u32,
}

/// A laboratory.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Laboratory {
    /// Its code.
    pub code: String,
    /// The body it belongs to.
    pub body: String,
    /// The items it is accredited for.
    pub items: BTreeSet<String>,
    /// Samples it tests in a week.
    pub weekly_capacity: u64,
}

/// A laboratory for every sample, in the order of the samples, by index. Sampling and testing are
/// done by different bodies, items are accredited, no week exceeds a capacity, and the loads of a
/// week are as even as can be.
///
/// ```
/// use suyuan_core::sampling::assignment::{LabSample, Laboratory, assign_laboratories};
/// use suyuan_core::sampling::draw::{Seed, Stream};
/// let lab = |code: &str, body: &str| Laboratory {
///     code: code.into(), body: body.into(), items: ["pesticides".into()].into(),
///     weekly_capacity: 9,
/// };
/// let sample = |code: &str| LabSample {
///     code: code.into(), item: "pesticides".into(), sampler: "North".into(), week: 10,
/// };
/// let labs = [lab("L1", "North"), lab("L2", "South")];
/// let mut stream = Stream::new(Seed::derive("lottery", "digest", "laboratories"));
/// assert_eq!(assign_laboratories(&[sample("S1"), sample("S2")], &labs, &mut stream)?, [1, 1]);
/// # Ok::<(), suyuan_core::sampling::SamplingError>(())
/// ```
///
/// # Errors
/// [`SamplingError::Duplicate`], [`SamplingError::Shortage`] naming samples that find no place.
pub fn assign_laboratories(
    samples: &[LabSample],
    laboratories: &[Laboratory],
    stream: &mut Stream,
) -> Result<Vec<usize>, SamplingError> {
    let mut codes: Vec<&str> = laboratories.iter().map(|lab| &*lab.code).collect();
    codes.sort_unstable();
    distinct("laboratory", codes.into_iter())?;
    let mut codes: Vec<&str> = samples.iter().map(|sample| &*sample.code).collect();
    codes.sort_unstable();
    distinct("sample", codes.into_iter())?;
    let mut labs: Vec<usize> = (0..laboratories.len()).collect();
    labs.sort_unstable_by_key(|at| &laboratories[*at].code);
    let capacity: Vec<u64> = labs.iter().map(|at| laboratories[*at].weekly_capacity).collect();
    let mut weeks: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (at, sample) in samples.iter().enumerate() {
        weeks.entry(sample.week).or_default().push(at);
    }
    let mut found = vec![0; samples.len()];
    for mut tasks in weeks.into_values() {
        tasks.sort_unstable_by_key(|at| &samples[*at].code);
        let may = |task: usize, lab: usize| {
            let (sample, lab) = (&samples[tasks[task]], &laboratories[labs[lab]]);
            lab.body != sample.sampler && lab.items.contains(&sample.item)
        };
        let problem = Matching { tasks: tasks.len(), places: 1, capacity: &capacity, may: &may };
        let given = problem.solve(stream).map_err(|short| {
            let sample = |task: usize| samples[tasks[task]].code.clone();
            let lab = |lab: usize| laboratories[labs[lab]].code.clone();
            shortage("laboratories", &short, sample, lab)
        })?;
        for (task, servers) in given.into_iter().enumerate() {
            if let Some(lab) = servers.first() {
                found[tasks[task]] = labs[*lab];
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::super::draw::Seed;
    use super::*;

    fn stream(of: &str) -> Stream {
        Stream::new(Seed::derive("tests", "", of))
    }

    fn people(count: usize, district: &str) -> Vec<Inspector> {
        (0..count).map(|at| Inspector::new(&format!("{district}-I{at:02}"), district)).collect()
    }

    #[test]
    fn no_pair_violates_a_conflict_and_loads_are_even() {
        let inspectors = [people(7, "A"), people(5, "B")].concat();
        let visits: Vec<Visit> = (0..60)
            .map(|at| Visit::new(&format!("O{at:02}"), if at % 3 == 0 { "A" } else { "B" }))
            .collect();
        let mut rules = Rules::default();
        for at in 0..60 {
            rules = rules.conflict(&format!("B-I0{}", at % 3), &format!("O{at:02}"));
            rules = rules.went_last_year(&format!("A-I0{}", at % 7), &format!("O{at:02}"));
        }
        let found = assign_inspectors(&visits, &inspectors, &rules, &mut stream("pairs")).unwrap();
        for (visit, team) in visits.iter().zip(&found.teams) {
            assert_eq!(visit.operator, team.operator);
            assert_eq!(team.inspectors.len(), 2);
            assert!(team.repeats.is_empty());
            for inspector in &team.inspectors {
                let pair = (inspector.clone(), team.operator.clone());
                assert!(!rules.conflicts.contains(&pair) && !rules.last_year.contains(&pair));
                assert!(inspector.starts_with(&visit.district));
            }
        }
        for district in ["A", "B"] {
            let loads = found.loads.iter().filter(|(code, _)| code.starts_with(district));
            let loads: Vec<u64> = loads.map(|(_, load)| *load).collect();
            let (least, most) = (loads.iter().min().unwrap(), loads.iter().max().unwrap());
            assert!(most - least <= 1, "{loads:?}");
        }
    }

    #[test]
    fn the_order_of_records_does_not_matter() {
        let mut inspectors = people(6, "A");
        let mut visits: Vec<Visit> = (0..9).map(|at| Visit::new(&format!("O{at}"), "A")).collect();
        let rules = Rules::default();
        let one = assign_inspectors(&visits, &inspectors, &rules, &mut stream("x")).unwrap();
        inspectors.reverse();
        visits.reverse();
        let mut two = assign_inspectors(&visits, &inspectors, &rules, &mut stream("x")).unwrap();
        two.teams.reverse();
        assert_eq!(one, two);
    }

    #[test]
    fn who_cannot_be_staffed_is_said() {
        let rules = Rules::default().conflict("A-I00", "O1");
        let visits = [Visit::new("O1", "A"), Visit::new("O2", "A")];
        let error = assign_inspectors(&visits, &people(2, "A"), &rules, &mut stream("s"));
        let said = error.unwrap_err().to_string();
        assert_eq!(
            said,
            "failed to find inspectors for O1: 2 places needed, 1 available from A-I01"
        );
        let error = assign_inspectors(&visits, &people(2, "B"), &rules, &mut stream("s"));
        assert!(error.unwrap_err().to_string().contains("available from nobody"));
        let twice = [Visit::new("O1", "A"), Visit::new("O1", "B")];
        let error = assign_inspectors(&twice, &people(2, "A"), &rules, &mut stream("s"));
        assert!(matches!(error, Err(SamplingError::Duplicate { .. })));
        let alone = Rules { team: 1, ..Rules::default() };
        assert!(assign_inspectors(&visits, &people(2, "A"), &alone, &mut stream("s")).is_err());
    }

    #[test]
    fn last_year_repeats_only_where_nobody_else_can_go() {
        let mut rules = Rules { may_repeat: true, ..Rules::default() };
        for inspector in ["A-I00", "A-I01"] {
            rules = rules.went_last_year(inspector, "O1").went_last_year(inspector, "O2");
        }
        let visits = [Visit::new("O1", "A"), Visit::new("O2", "A"), Visit::new("O3", "A")];
        let few = assign_inspectors(&visits, &people(3, "A"), &rules, &mut stream("f")).unwrap();
        assert_eq!(few.teams[0].repeats.len(), 1);
        let many = assign_inspectors(&visits, &people(4, "A"), &rules, &mut stream("m")).unwrap();
        assert!(many.teams.iter().all(|team| team.repeats.is_empty()));
        rules.may_repeat = false;
        assert!(assign_inspectors(&visits, &people(3, "A"), &rules, &mut stream("f")).is_err());
    }

    #[test]
    fn laboratories_keep_their_weeks() {
        let lab = |code: &str, items: &[&str], weekly_capacity| Laboratory {
            code: code.into(),
            body: code.into(),
            items: items.iter().map(|item| (*item).to_owned()).collect(),
            weekly_capacity,
        };
        let labs = [lab("L1", &["a", "b"], 3), lab("L2", &["b"], 2)];
        let sample = |at: u32, item: &str| LabSample {
            code: format!("S{at}"),
            item: item.to_owned(),
            sampler: "C".into(),
            week: at / 5,
        };
        let samples: Vec<LabSample> =
            (0..10).map(|at| sample(at, if at % 5 < 3 { "a" } else { "b" })).collect();
        let found = assign_laboratories(&samples, &labs, &mut stream("labs")).unwrap();
        assert_eq!(found, [0, 0, 0, 1, 1, 0, 0, 0, 1, 1]);
        let mut more = samples;
        more.push(LabSample { week: 0, ..sample(10, "b") });
        let error = assign_laboratories(&more, &labs, &mut stream("labs")).unwrap_err();
        assert!(error.to_string().contains("6 places needed, 5 available from L1, L2"), "{error}");
    }
}
