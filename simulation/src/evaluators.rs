//! Evaluators of responses by sampling frequency: making one measures its filters, which takes tens of milliseconds.

use std::sync::{Arc, Mutex, PoisonError};

use room_dsp::SampleRate;
use room_metrics::{Bands, EvaluationOptions, Evaluator, SpeechConditions};

/// Evaluators that are kept; few sampling frequencies are in use at a time.
const KEPT: usize = 8;

/// The evaluators of the sampling frequencies asked for last.
#[derive(Debug, Default)]
pub struct Evaluators {
    /// The last one used first.
    kept: Mutex<Vec<(SampleRate, Arc<Evaluator>)>>,
}

impl Evaluators {
    /// The evaluator of a sampling frequency, made if it is not kept.
    pub fn of(&self, rate: SampleRate) -> Arc<Evaluator> {
        if let Some(found) = self.kept(rate) {
            return found;
        }
        let made = Arc::new(Evaluator::new(rate, options()));
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|(other, _)| *other != rate);
        kept.insert(0, (rate, Arc::clone(&made)));
        kept.truncate(KEPT);
        made
    }

    fn kept(&self, rate: SampleRate) -> Option<Arc<Evaluator>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let place = kept.iter().position(|(other, _)| *other == rate)?;
        kept[..=place].rotate_right(1);
        kept.first().map(|(_, evaluator)| Arc::clone(evaluator))
    }
}

/// What old metrics need: octaves and no curves.
fn options() -> EvaluationOptions {
    EvaluationOptions {
        bands: Bands::Octaves,
        speech: SpeechConditions::default(),
        curves: false,
        ..EvaluationOptions::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_evaluator_is_made_once_while_it_is_kept() {
        let evaluators = Evaluators::default();
        let rate = |hz| SampleRate::new(hz).unwrap();
        let first = evaluators.of(rate(8_000));
        assert!(Arc::ptr_eq(&first, &evaluators.of(rate(8_000))));
        for hz in 8_001..8_001 + 7 {
            drop(evaluators.of(rate(hz)));
        }
        assert!(
            Arc::ptr_eq(&first, &evaluators.of(rate(8_000))),
            "used again, so kept"
        );
        for hz in 8_001..8_001 + 8 {
            drop(evaluators.of(rate(hz)));
        }
        assert!(
            !Arc::ptr_eq(&first, &evaluators.of(rate(8_000))),
            "others were used since"
        );
    }
}
