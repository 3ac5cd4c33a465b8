//! One call for all who ask at once, and its answer for those who ask later.

use std::hash::Hash;

use tokio::sync::OnceCell;

use super::Error;
use super::per_key::PerKey;

/// Answers by key, each asked for once. Those who wait together share an error as well (else each would go through
/// all retries, one after the other), but an error is not kept for those who come later.
#[derive(Debug)]
pub(super) struct SingleFlight<K, T>(PerKey<K, OnceCell<Result<T, Error>>>);

impl<K: Clone + Eq + Hash, T: Clone> SingleFlight<K, T> {
    /// The kept answer, the one that is under way, or else the one of `ask`. Where the caller that asks is dropped, or
    /// its time is used up, the next of those who wait asks instead.
    pub(super) async fn share(
        &self,
        key: &K,
        ask: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        let mut ask = Some(ask);
        loop {
            let flight = self.0.of(key);
            let turn = || ask.take().expect("the loop ends once it was asked");
            let answer = flight.get_or_init(turn).await.clone();
            match &answer {
                Ok(_) => return answer,
                Err(_) => self.0.forget_value(key, &flight),
            }
            let is_time_of_another = ask.is_some() && answer.as_ref().is_err_and(Error::is_out_of_time);
            if !is_time_of_another {
                return answer;
            }
        }
    }

    /// Those who ask from now on get a new answer.
    pub(super) fn forget(&self, key: &K) {
        self.0.forget(key);
    }
}

impl<K, T> Default for SingleFlight<K, T> {
    fn default() -> Self {
        Self(PerKey::default())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::time::Duration;

    use tokio::task::{JoinSet, yield_now};

    use super::*;

    /// Many callers at once; how often one of them asked, and their answers.
    async fn crowd(flight: Arc<SingleFlight<u8, u32>>, good: bool) -> (u32, Vec<Result<u32, Error>>) {
        let asked = Arc::new(AtomicU32::new(0));
        let mut callers = JoinSet::new();
        for _ in 0..50 {
            let (flight, asked) = (Arc::clone(&flight), Arc::clone(&asked));
            callers.spawn(async move {
                let ask = async {
                    yield_now().await;
                    let number = asked.fetch_add(1, Ordering::Relaxed);
                    if good { Ok(number) } else { Err(Error::NoPersonalOrganization) }
                };
                flight.share(&1, ask).await
            });
        }
        let answers = callers.join_all().await;
        (asked.load(Ordering::Relaxed), answers)
    }

    #[tokio::test]
    async fn all_who_ask_at_once_and_later_share_one_answer() {
        let flight = Arc::new(SingleFlight::default());
        let (asked, answers) = crowd(Arc::clone(&flight), true).await;
        assert_eq!(asked, 1);
        assert!(answers.iter().all(|answer| matches!(answer, Ok(0))));
        assert_eq!(crowd(flight, true).await.0, 0);
    }

    #[tokio::test]
    async fn an_error_is_shared_but_not_kept() {
        let flight = Arc::new(SingleFlight::default());
        let (asked, answers) = crowd(Arc::clone(&flight), false).await;
        assert_eq!(asked, 1);
        assert!(answers.iter().all(Result::is_err));
        assert_eq!(crowd(flight, true).await.0, 1);
    }

    #[tokio::test]
    async fn a_forgotten_answer_is_asked_for_again() {
        let flight = SingleFlight::default();
        assert_eq!(flight.share(&1, async { Ok(1) }).await.unwrap(), 1);
        flight.forget(&1);
        assert_eq!(flight.share(&1, async { Ok(2) }).await.unwrap(), 2);
    }

    #[tokio::test]
    async fn who_has_time_left_asks_where_that_of_another_is_used_up() {
        let flight = SingleFlight::default();
        let late = || Error::OutOfTime {
            last: Box::new(Error::NoPersonalOrganization),
            tries: 1,
            used: Duration::ZERO,
            whole: Duration::ZERO,
        };
        let first = flight.share(&1, async {
            yield_now().await;
            Err(late())
        });
        let (first, second) = tokio::join!(first, flight.share(&1, async { Ok(2) }));
        assert!(matches!(first, Err(Error::OutOfTime { .. })), "{first:?}");
        assert_eq!(second.unwrap(), 2);
    }

    #[tokio::test]
    async fn a_dropped_caller_leaves_the_asking_to_the_next() {
        let flight = Arc::new(SingleFlight::<u8, u32>::default());
        let first = tokio::spawn({
            let flight = Arc::clone(&flight);
            async move { flight.share(&1, std::future::pending()).await }
        });
        yield_now().await;
        let second = tokio::spawn({
            let flight = Arc::clone(&flight);
            async move { flight.share(&1, async { Ok(2) }).await }
        });
        yield_now().await;
        first.abort();
        assert_eq!(second.await.unwrap().unwrap(), 2);
    }
}
