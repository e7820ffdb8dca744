//! Runs independent pieces of work on all cores; results come back in order, whatever the number of cores.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Most threads that are used.
const THREAD_COUNT_MAX: usize = 16;

/// How many threads [`run_parallel`] uses for much work.
pub fn thread_count() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from).min(THREAD_COUNT_MAX)
}

/// The results of `work` for 0 to `count - 1`, in order.
pub fn run_parallel<T: Send>(count: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let thread_count = thread_count().min(count);
    let next = AtomicUsize::new(0);
    let finished: Mutex<Vec<(usize, T)>> = Mutex::new(Vec::with_capacity(count));
    let worker = || {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            if index >= count {
                return;
            }
            let result = work(index);
            finished.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).push((index, result));
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..thread_count {
            scope.spawn(worker);
        }
        worker();
    });
    let mut finished = finished.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner());
    finished.sort_unstable_by_key(|(index, _)| *index);
    finished.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_back_in_order() {
        assert_eq!(run_parallel(100, |index| index * index), (0..100).map(|i| i * i).collect::<Vec<_>>());
        assert!(run_parallel(0, |index| index).is_empty());
    }
}
