//! An ordered parallel map: jobs are made and results taken on the calling thread, in order, and
//! the work between them is done on others.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread;

/// More threads than this are of no use.
const MOST_THREADS: usize = 256;

/// Every worker ended with results owing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct WorkersGone;

/// Does `while let Some(job) = next()? { sink(work(job))? }` with `work` on `threads` threads.
///
/// The sink sees the results in the order of the jobs, and what came before an error of `next`
/// before that error is returned, so the outcome does not depend on the number of threads, nor on
/// whether the system gives so many. At most `2 * threads + 1` jobs are under way at once. A panic
/// in `work` is carried to the caller; workers that are gone with results owing are an error.
pub(crate) fn ordered<J: Send, P: Send, E: From<WorkersGone>>(
    threads: usize,
    mut next: impl FnMut() -> Result<Option<J>, E>,
    work: impl Fn(J) -> P + Sync,
    mut sink: impl FnMut(P) -> Result<(), E>,
) -> Result<(), E> {
    let Some(first) = next()? else {
        return Ok(());
    };
    if threads <= 1 {
        return in_turn([first], next, work, sink);
    }
    // A small file is one job, for which no thread is worth starting.
    let second = match next() {
        Ok(Some(job)) => job,
        ended => {
            sink(work(first))?;
            return ended.map(|_| ());
        }
    };
    let (job_sender, job_receiver) = mpsc::channel::<(usize, J)>();
    let job_receiver = Mutex::new(job_receiver);
    let (sender, results) = mpsc::channel();
    thread::scope(|scope| {
        // Owned here so that leaving the scope's closure, by an error too, ends the workers.
        let job_sender = job_sender;
        let mut started = 0;
        for _ in 0..threads.min(MOST_THREADS) {
            let (jobs, work, sender) = (&job_receiver, &work, sender.clone());
            let worker = move || {
                loop {
                    let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
                    let Ok((index, job)) = job else {
                        return;
                    };
                    let result = catch_unwind(AssertUnwindSafe(|| work(job)));
                    if sender.send((index, result)).is_err() {
                        return;
                    }
                }
            };
            if thread::Builder::new().spawn_scoped(scope, worker).is_err() {
                break;
            }
            started += 1;
        }
        drop(sender);
        if started == 0 {
            return in_turn([first, second], next, &work, sink);
        }
        let most = 2 * started + 1;
        let mut given = 0;
        let mut give = |job| {
            // The receiver lives until the scope ends, so a job is never refused.
            let _ = job_sender.send((given, job));
            given += 1;
        };
        give(first);
        give(second);
        let mut early: VecDeque<Option<P>> = VecDeque::from([None, None]);
        let mut taken = 0;
        let mut ended = None;
        loop {
            while ended.is_none() && early.len() < most {
                match next() {
                    Ok(Some(job)) => {
                        give(job);
                        early.push_back(None);
                    }
                    Ok(None) => ended = Some(Ok(())),
                    Err(error) => ended = Some(Err(error)),
                }
            }
            while let Some(Some(_)) = early.front() {
                if let Some(Some(result)) = early.pop_front() {
                    taken += 1;
                    sink(result)?;
                }
            }
            if early.is_empty() {
                if let Some(result) = ended {
                    return result;
                }
                continue;
            }
            if ended.is_none() && early.len() < most {
                continue;
            }
            match results.recv() {
                Ok((index, Ok(result))) => {
                    if let Some(place) = early.get_mut(index - taken) {
                        *place = Some(result);
                    }
                }
                Ok((_, Err(panic))) => resume_unwind(panic),
                Err(_) => return Err(WorkersGone.into()),
            }
        }
    })
}

/// The same on the calling thread alone, after the jobs already made.
fn in_turn<J, P, E>(
    made: impl IntoIterator<Item = J>,
    mut next: impl FnMut() -> Result<Option<J>, E>,
    work: impl Fn(J) -> P,
    mut sink: impl FnMut(P) -> Result<(), E>,
) -> Result<(), E> {
    for job in made {
        sink(work(job))?;
    }
    while let Some(job) = next()? {
        sink(work(job))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An error that says which.
    #[derive(Debug, PartialEq)]
    enum Failure {
        At(u64),
        Full,
        Gone,
    }

    impl From<WorkersGone> for Failure {
        fn from(_: WorkersGone) -> Self {
            Self::Gone
        }
    }

    type Outcome = Result<(), Failure>;

    fn squares(threads: usize, jobs: u64, fails_at: Option<u64>) -> (Vec<u64>, Outcome) {
        let mut seen = Vec::new();
        let mut at = 0;
        let next = || {
            if fails_at == Some(at) {
                return Err(Failure::At(at));
            }
            at += 1;
            Ok((at <= jobs).then_some(at))
        };
        let work = |n: u64| {
            if n.is_multiple_of(3) {
                thread::sleep(std::time::Duration::from_micros(n % 7 * 50));
            }
            n * n
        };
        let result = ordered(threads, next, work, |n| {
            seen.push(n);
            Ok(())
        });
        (seen, result)
    }

    #[test]
    fn order_and_errors_do_not_depend_on_threads() {
        for jobs in [0, 1, 2, 3, 100] {
            for fails_at in [None, Some(0), Some(1), Some(2), Some(50)] {
                let one = squares(1, jobs, fails_at);
                for threads in [2, 5] {
                    assert_eq!(squares(threads, jobs, fails_at), one, "{jobs} {fails_at:?}");
                }
            }
        }
    }

    #[test]
    fn an_error_of_the_sink_ends_it() {
        for threads in [1, 3] {
            let mut left = 50;
            let next = || {
                left -= 1;
                Ok((left > 0).then_some(left))
            };
            let mut sunk = 0;
            let result = ordered(
                threads,
                next,
                |n| n,
                |_| {
                    sunk += 1;
                    if sunk == 7 { Err(Failure::Full) } else { Ok(()) }
                },
            );
            assert_eq!((result, sunk), (Err(Failure::Full), 7));
        }
    }

    #[test]
    #[should_panic(expected = "seven")]
    fn a_panic_is_carried_over() {
        let mut left = 20;
        let next = || {
            left -= 1;
            Ok::<_, Failure>((left > 0).then_some(left))
        };
        let _ = ordered(2, next, |n| assert_ne!(n, 7, "seven"), |()| Ok(()));
    }
}
