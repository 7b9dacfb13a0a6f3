//! Tasks to servers, each task to several, loads as even as can be: a matching with
//! cost-reducing paths (Harvey, Ladner, Lovász, Tamir 2003), no retries.

use std::collections::VecDeque;

use super::draw::Stream;

/// Tasks with a number of places each, and servers that can take so many.
pub(crate) struct Matching<'a> {
    pub(crate) tasks: usize,
    /// Different servers that each task needs.
    pub(crate) places: usize,
    /// The most that each server takes.
    pub(crate) capacity: &'a [u64],
    /// Whether a server may take a task.
    pub(crate) may: &'a dyn Fn(usize, usize) -> bool,
}

/// Tasks that need more places than the servers that may take them have.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Short {
    pub(crate) tasks: Vec<usize>,
    pub(crate) servers: Vec<usize>,
    pub(crate) needed: u64,
    pub(crate) available: u64,
}

struct State<'a, 'm> {
    problem: &'m Matching<'a>,
    /// Servers of each task.
    of_task: Vec<Vec<usize>>,
    /// Tasks of each server.
    of_server: Vec<Vec<usize>>,
}

impl Matching<'_> {
    /// Gives every task its servers, at random among those of least load, then evens the loads
    /// out: in the end no chain of handing over lowers a sum of squared loads. Servers of each
    /// task are sorted.
    pub(crate) fn solve(&self, stream: &mut Stream) -> Result<Vec<Vec<usize>>, Short> {
        let servers = self.capacity.len();
        let mut state = State {
            problem: self,
            of_task: vec![Vec::new(); self.tasks],
            of_server: vec![Vec::new(); servers],
        };
        for task in super::draw::shuffled(self.tasks, stream) {
            for _ in 0..self.places {
                state.place(task, stream)?;
            }
        }
        state.even_out();
        let mut found = state.of_task;
        found.iter_mut().for_each(|servers| servers.sort_unstable());
        Ok(found)
    }
}

impl State<'_, '_> {
    fn load(&self, server: usize) -> u64 {
        self.of_server[server].len() as u64
    }

    fn free(&self, server: usize) -> bool {
        self.load(server) < self.problem.capacity[server]
    }

    fn can(&self, task: usize, server: usize) -> bool {
        (self.problem.may)(task, server) && !self.of_task[task].contains(&server)
    }

    fn give(&mut self, task: usize, server: usize) {
        self.of_task[task].push(server);
        self.of_server[server].push(task);
    }

    fn take(&mut self, task: usize, server: usize) {
        self.of_task[task].retain(|other| *other != server);
        self.of_server[server].retain(|other| *other != task);
    }

    /// One more server for a task: a random one of least load, or, where all are full, the end of
    /// a chain of handing over.
    fn place(&mut self, task: usize, stream: &mut Stream) -> Result<(), Short> {
        let servers = 0..self.problem.capacity.len();
        let open: Vec<usize> =
            servers.clone().filter(|s| self.free(*s) && self.can(task, *s)).collect();
        if let Some(least) = open.iter().map(|server| self.load(*server)).min() {
            let open: Vec<usize> =
                open.into_iter().filter(|server| self.load(*server) == least).collect();
            let server = open[stream.below(open.len() as u64) as usize];
            self.give(task, server);
            return Ok(());
        }
        let starts: Vec<usize> = servers.filter(|server| self.can(task, *server)).collect();
        match self.chain(&starts, |state, server| state.free(server)) {
            Ok(chain) => {
                let first = chain[0].0;
                self.hand_over(&chain);
                self.give(task, first);
                Ok(())
            }
            Err(reached) => Err(self.short(task, &reached)),
        }
    }

    /// Breadth-first over servers, each handing one of its tasks to the next: a shortest chain
    /// from one of the starts to a server that `wanted` accepts, as servers with the task each
    /// hands on; or all servers reached.
    fn chain(
        &self,
        starts: &[usize],
        wanted: impl Fn(&Self, usize) -> bool,
    ) -> Result<Vec<(usize, Option<usize>)>, Vec<usize>> {
        let count = self.problem.capacity.len();
        let mut came: Vec<Option<(usize, usize)>> = vec![None; count];
        let mut seen = vec![false; count];
        starts.iter().for_each(|server| seen[*server] = true);
        let mut open: VecDeque<usize> = starts.iter().copied().collect();
        let mut reached = Vec::new();
        while let Some(server) = open.pop_front() {
            reached.push(server);
            if wanted(self, server) {
                let mut chain = vec![(server, None)];
                let mut at = server;
                while let Some((before, task)) = came[at] {
                    chain.push((before, Some(task)));
                    at = before;
                }
                chain.reverse();
                return Ok(chain);
            }
            for task in &self.of_server[server] {
                for next in 0..count {
                    if !seen[next] && self.can(*task, next) {
                        seen[next] = true;
                        came[next] = Some((server, *task));
                        open.push_back(next);
                    }
                }
            }
        }
        Err(reached)
    }

    fn hand_over(&mut self, chain: &[(usize, Option<usize>)]) {
        for pair in chain.windows(2) {
            if let (server, Some(task)) = pair[0] {
                self.take(task, server);
                self.give(task, pair[1].0);
            }
        }
    }

    /// From the fullest server down: hands over along a chain to a server with two tasks fewer.
    /// Where there is none, all that the server reaches is settled.
    fn even_out(&mut self) {
        let mut settled = vec![false; self.problem.capacity.len()];
        loop {
            let open = (0..settled.len()).filter(|server| !settled[*server]);
            // The first of the fullest.
            let Some(full) = open.min_by_key(|s| (std::cmp::Reverse(self.load(*s)), *s)) else {
                return;
            };
            let load = self.load(full);
            let lighter =
                |state: &Self, server: usize| state.load(server) + 2 <= load && state.free(server);
            match self.chain(&[full], lighter) {
                Ok(chain) => self.hand_over(&chain),
                Err(reached) => reached.into_iter().for_each(|server| settled[server] = true),
            }
        }
    }

    /// Why a task finds no server: the tasks that share the servers reached, cut down to a
    /// smallest set that still needs more than there is.
    fn short(&self, task: usize, reached: &[usize]) -> Short {
        let mut tasks = vec![task];
        for server in reached {
            tasks.extend_from_slice(&self.of_server[*server]);
        }
        tasks.sort_unstable();
        tasks.dedup();
        let (mut needed, mut available) = self.balance(&tasks);
        // Large sets are told as they are.
        if tasks.len() <= 256 {
            let mut at = 0;
            while at < tasks.len() {
                let mut fewer = tasks.clone();
                fewer.remove(at);
                let (need, have) = self.balance(&fewer);
                at += 1;
                if need > have {
                    // With one gone, another kept before may go.
                    (tasks, needed, available, at) = (fewer, need, have, 0);
                }
            }
        }
        let server = |server: &usize| tasks.iter().any(|task| (self.problem.may)(*task, *server));
        let servers = (0..self.problem.capacity.len()).filter(server).collect();
        Short { tasks, servers, needed, available }
    }

    /// Places the tasks need, and places there are: a server takes a task once.
    fn balance(&self, tasks: &[usize]) -> (u64, u64) {
        let capacity = self.problem.capacity;
        let may = |server: usize| {
            tasks.iter().filter(|task| (self.problem.may)(**task, server)).count() as u64
        };
        let available = (0..capacity.len()).map(|server| capacity[server].min(may(server))).sum();
        ((tasks.len() as u64).saturating_mul(self.problem.places as u64), available)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::draw::Seed;
    use super::*;

    /// Every way to give each task its servers; the sorted loads of the most even one.
    fn most_even(problem: &Matching<'_>) -> Option<Vec<u64>> {
        fn go(
            problem: &Matching<'_>,
            task: usize,
            loads: &mut Vec<u64>,
            best: &mut Option<Vec<u64>>,
        ) {
            if task == problem.tasks {
                let squares = |loads: &[u64]| loads.iter().map(|n| n * n).sum::<u64>();
                if best.as_ref().is_none_or(|best| squares(loads) < squares(best)) {
                    *best = Some(loads.clone());
                }
                return;
            }
            let servers = problem.capacity.len();
            for set in 0_u32..1 << servers {
                let chosen = |s: &usize| set >> s & 1 == 1;
                let chosen: Vec<usize> = (0..servers).filter(chosen).collect();
                if chosen.len() == problem.places
                    && chosen
                        .iter()
                        .all(|s| (problem.may)(task, *s) && loads[*s] < problem.capacity[*s])
                {
                    chosen.iter().for_each(|s| loads[*s] += 1);
                    go(problem, task + 1, loads, best);
                    chosen.iter().for_each(|s| loads[*s] -= 1);
                }
            }
        }
        let mut best = None;
        go(problem, 0, &mut vec![0; problem.capacity.len()], &mut best);
        best.map(|mut loads| {
            loads.sort_unstable();
            loads
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(600))]
        #[test]
        fn loads_are_as_even_as_can_be(
            allowed in prop::collection::vec(prop::collection::vec(prop::bool::weighted(0.7), 4), 1..6),
            capacity in prop::collection::vec(0_u64..5, 4),
            places in 1_usize..3,
            seed: [u8; 32],
        ) {
            let may = |task: usize, server: usize| allowed[task][server];
            let problem =
                Matching { tasks: allowed.len(), places, capacity: &capacity, may: &may };
            let mut stream = Stream::new(Seed::from_bytes(seed));
            match problem.solve(&mut stream) {
                Ok(found) => {
                    let mut loads = vec![0; 4];
                    for (task, servers) in found.iter().enumerate() {
                        prop_assert_eq!(servers.len(), places);
                        prop_assert!(servers.windows(2).all(|pair| pair[0] < pair[1]));
                        for server in servers {
                            prop_assert!(may(task, *server));
                            loads[*server] += 1;
                        }
                    }
                    prop_assert!(loads.iter().zip(&capacity).all(|(load, most)| load <= most));
                    loads.sort_unstable();
                    prop_assert_eq!(Some(loads), most_even(&problem));
                }
                Err(short) => {
                    prop_assert_eq!(most_even(&problem), None);
                    prop_assert!(short.needed > short.available);
                    // Leave any one task out, and there are places enough for the others.
                    for gone in &short.tasks {
                        let kept: Vec<usize> =
                            short.tasks.iter().copied().filter(|task| task != gone).collect();
                        let have: u64 = (0..4)
                            .map(|s| capacity[s].min(kept.iter().filter(|t| may(**t, s)).count() as u64))
                            .sum();
                        prop_assert!((kept.len() * places) as u64 <= have);
                    }
                }
            }
        }
    }
}
