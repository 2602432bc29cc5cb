//! One evaluation of an impulse response: everything that it tells, each figure a value or a reason.
//!
//! Measurements and simulations both end here, so that there is one definition of every parameter. The response
//! is cut at its time limits, cuts and whole are filtered together, and each band is evaluated on its own.

use core::convert::Infallible;

use room_dsp::{Band, BandOutput, DECIMATION_MAX, FilterBank, ImpulseResponse, SampleRate};

use crate::decay::{
    DecayFit, EDT, EnergyDecayCurve, RANGE_TOLERANCE_DB, Range, T20, T30, inr_db,
    uncertainty_t20_s, uncertainty_t30_s,
};
use crate::energy::{DIRECT_S, EARLY_LIMITS_S, Parts, lead_s, range_suffices, ringing_s};
use crate::frequency_response::frequency_response;
use crate::noise::{Truncation, lundeby};
use crate::parameters::{
    BandParameters, DecayPoints, EnergyTimeCurve, Flag, MidParameters, RoomParameters,
};
use crate::quantity::{NotEvaluable, Quantity};
use crate::speech::{
    MODULATIONS, SPEECH_BANDS, SpeechConditions, SpeechTransmission, mean, modulation_transfer,
    speech_transmission,
};

/// A band is evaluated where its upper edge is at most this share of the sampling frequency.
pub const CARRIED: f64 = 0.47;

/// Background before the onset that an evaluation uses, in seconds.
const LEAD_S: f64 = 0.5;

/// Longest decay that is evaluated, in seconds.
const DECAY_MAX_S: f64 = 30.0;

/// Bandwidth times decay time below which the filter limits the decay (time-reversed; ISO 3382-2:2008, 7.3, has
/// 16 for forward filters).
const FILTER_LIMIT: f64 = 4.0;

/// Decay range from which decay times carry no flag: T30's need and 8 dB.
pub(crate) const INR_GOOD_DB: f64 = 53.0;

/// Samples of silence after a cut: brought to a lower rate, a part rings beyond its end, and that ringing is
/// the part's, not the rest's.
const CUT_RINGING: usize = 16 * DECIMATION_MAX;

/// Span after the onset in which the first arrival peaks, in seconds.
const ARRIVAL_S: f64 = 0.001;

/// Shortest response from its onset that speech transmission is told of, in seconds: a twentieth.
const SPEECH_MIN_S: f64 = 0.05;

/// Points of a drawn decay.
pub(crate) const DECAY_POINTS: usize = 400;

/// Points of a drawn energy-time curve.
const ENERGY_TIME_POINTS: usize = 2_000;

/// Which bands to evaluate besides the whole response.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Bands {
    /// Octaves from 63 Hz to 16 kHz.
    Octaves,
    /// Third octaves from 50 Hz to 20 kHz; octaves are still made for speech and single numbers.
    Thirds,
    /// Octaves and thirds.
    #[default]
    Both,
}

/// What to evaluate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EvaluationOptions {
    /// Bands.
    pub bands: Bands,
    /// Conditions of the speech transmission index.
    pub speech: SpeechConditions,
    /// Smoothing of the frequency response: n for 1/n octave, at least 1.
    pub smoothing: u8,
    /// Whether curves for drawing are made.
    pub curves: bool,
}

impl Default for EvaluationOptions {
    fn default() -> Self {
        Self {
            bands: Bands::Both,
            speech: SpeechConditions::default(),
            smoothing: 12,
            curves: true,
        }
    }
}

/// Evaluates responses of one sampling frequency; the filters are made once.
#[derive(Debug, Clone)]
pub struct Evaluator {
    bank: FilterBank,
    octaves: Vec<Band>,
    thirds: Vec<Band>,
    options: EvaluationOptions,
}

/// Evaluates one response; see [`Evaluator`] for many.
pub fn evaluate(response: &ImpulseResponse, options: EvaluationOptions) -> RoomParameters {
    Evaluator::new(response.rate(), options).evaluate(response)
}

/// The parameters of the unfiltered response alone, without curves: what [`Evaluator::evaluate`] says of the whole
/// response, for which no filter has to be made.
pub fn evaluate_broadband(response: &ImpulseResponse) -> BandParameters {
    broadband(&Cuts::new(response), false)
}

impl Evaluator {
    /// Designs and measures the filters.
    pub fn new(rate: SampleRate, options: EvaluationOptions) -> Self {
        let octaves: Vec<Band> = Band::octaves().collect();
        let thirds = match options.bands {
            Bands::Octaves => Vec::new(),
            Bands::Thirds | Bands::Both => Band::thirds().collect(),
        };
        let carried: Vec<Band> = octaves
            .iter()
            .chain(&thirds)
            .copied()
            .filter(|b| b.upper_hz() <= CARRIED * rate.as_f64())
            .collect();
        Self {
            bank: FilterBank::new(rate, &carried),
            octaves,
            thirds,
            options,
        }
    }

    /// Everything that a response of this evaluator's sampling frequency tells.
    pub fn evaluate(&self, response: &ImpulseResponse) -> RoomParameters {
        let Ok(room) = self.evaluate_while(response, &|| Ok::<(), Infallible>(()));
        room
    }

    /// As [`Self::evaluate`], and stopped by the first error of `go_on`, which is asked before every band, before
    /// speech and before the curves.
    ///
    /// # Errors
    /// That of `go_on`.
    pub fn evaluate_while<E>(
        &self,
        response: &ImpulseResponse,
        go_on: &dyn Fn() -> Result<(), E>,
    ) -> Result<RoomParameters, E> {
        debug_assert_eq!(
            response.rate(),
            self.bank.rate(),
            "an evaluator is made for one rate"
        );
        go_on()?;
        let cuts = Cuts::new(response);
        let broadband = broadband(&cuts, self.options.curves);
        let mut bands: Vec<Option<BandResult>> = vec![None; self.bank.filters().len()];
        self.bank.try_visit(&cuts.signals(), |output| {
            go_on()?;
            let index = output.index;
            bands[index] = Some(self.band(&cuts, response, &output));
            Ok(())
        })?;
        let result = |band: &Band| {
            let place = self.bank.filters().iter().position(|f| f.band == *band);
            place.and_then(|i| bands[i].as_ref())
        };
        let parameters = |band: &Band| {
            result(band).map_or_else(
                || BandParameters::withheld(Some(*band), not_excited(*band, response)),
                |r| r.parameters.clone(),
            )
        };
        let octaves: Vec<BandParameters> = self.octaves.iter().map(parameters).collect();
        let thirds = self.thirds.iter().map(parameters).collect();
        let rows = core::array::from_fn(|i| {
            let band = self.octaves[i + 1];
            result(&band).map_or_else(|| Err(not_excited(band, response)), |r| r.modulation)
        });
        let end_s = broadband
            .truncation_s
            .unwrap_or_else(|_| response.duration_s());
        let range_hz = carried_range(response);
        go_on()?;
        let speech = speech_of(response, &rows, self.options.speech);
        go_on()?;
        Ok(RoomParameters {
            mid: mid(&octaves),
            octaves: if self.options.bands == Bands::Thirds {
                Vec::new()
            } else {
                octaves
            },
            thirds,
            speech,
            frequency_response: frequency_response(
                response,
                range_hz,
                end_s,
                self.options.smoothing.max(1),
            ),
            energy_time: if self.options.curves {
                energy_time(response)
            } else {
                EnergyTimeCurve::default()
            },
            broadband,
        })
    }

    fn band(&self, cuts: &Cuts, response: &ImpulseResponse, output: &BandOutput<'_>) -> BandResult {
        let band = output.filter.band;
        let range = carried_range(response);
        if band.lower_hz() < range.0 || band.upper_hz() > range.1 {
            let reason = not_excited(band, response);
            return BandResult {
                parameters: BandParameters::withheld(Some(band), reason),
                modulation: Err(reason),
            };
        }
        let view = BandView {
            signals: core::array::from_fn(|i| &output.signals[i][..]),
            onset: cuts.onset / output.filter.decimation,
            recorded_from: cuts.recorded_from / output.filter.decimation,
            rate_hz: output.rate_hz,
            width_hz: band.width_hz(),
            centroid_s: output.filter.own_centroid_s,
        };
        let (mut parameters, decay) = parameters(Some(band), &view, self.options.curves);
        let reached = response
            .doubts()
            .iter()
            .filter(|d| d.reaches(band.lower_hz(), band.upper_hz()));
        parameters
            .flags
            .extend(reached.map(|d| Flag::Doubtful(d.cause)));
        parameters.flags.dedup();
        BandResult {
            parameters,
            modulation: decay.of_speech(&view),
        }
    }
}

/// The whole response, unfiltered.
fn broadband(cuts: &Cuts, with_curve: bool) -> BandParameters {
    let view = BandView {
        signals: cuts.signals(),
        onset: cuts.onset,
        recorded_from: cuts.recorded_from,
        rate_hz: cuts.rate.as_f64(),
        width_hz: f64::INFINITY,
        centroid_s: 0.0,
    };
    parameters(None, &view, with_curve).0
}

/// Everything of a band but its modulation transfer, and the decay from which that is made.
fn parameters(
    band: Option<Band>,
    view: &BandView<'_>,
    with_curve: bool,
) -> (BandParameters, Decaying) {
    let lead = samples(lead_s(view.width_hz) * view.rate_hz).min(view.onset);
    let first = view.onset - lead;
    let ringing = view.onset - samples(ringing_s(view.width_hz) * view.rate_hz).min(view.onset);
    let energy: Vec<f64> = view.signals[0].iter().map(|x| x * x).collect();
    let (before, after) = energy.split_at(view.onset);
    // Background before the onset, clear of the filter's ringing and of what precedes the lead.
    let background = &before[view.recorded_from.min(ringing)..ringing];
    let end = lundeby(after, background, view.rate_hz);
    let curve = EnergyDecayCurve::new(&before[first..], after, &end, view.rate_hz);
    let fits = [EDT, T20, T30].map(|range| curve.fit(&range));
    let inr = decay_time(&fits, &end).map_or_else(Err, |t| inr_db(&curve, &end, t));
    let parts = Parts {
        whole: view.signals[0],
        onset: view.onset,
        first,
        ringing,
        rate_hz: view.rate_hz,
        end: &end,
        beyond: curve.beyond,
    };
    let mut parameters = BandParameters::withheld(band, NotEvaluable::NoEnergy);
    fill_decays(&mut parameters, view, &fits, inr, &end);
    fill_energies(&mut parameters, view, &parts);
    if with_curve {
        let (time_s, level_db) = curve.points(DECAY_POINTS);
        parameters.decay = DecayPoints { time_s, level_db };
    }
    (parameters, Decaying { energy, first, end })
}

/// Squared samples of a band, from where they count, and where its decay ends.
struct Decaying {
    energy: Vec<f64>,
    first: usize,
    end: Truncation,
}

impl Decaying {
    /// Modulation transfer of speech.
    fn of_speech(&self, view: &BandView<'_>) -> Result<[f64; MODULATIONS], NotEvaluable> {
        let last = (view.onset + self.end.sample).min(self.energy.len());
        modulation_transfer(&self.energy[self.first..last], self.end.noise, view.rate_hz)
    }
}

/// Parameters and modulation transfer of one band.
#[derive(Debug, Clone)]
struct BandResult {
    parameters: BandParameters,
    modulation: Result<[f64; MODULATIONS], NotEvaluable>,
}

/// A band's filtered signals: whole, early to 50 ms, early to 80 ms, direct.
struct BandView<'a> {
    signals: [&'a [f64]; 4],
    onset: usize,
    /// First sample that was recorded rather than padded, an eighth of the lead later.
    recorded_from: usize,
    rate_hz: f64,
    width_hz: f64,
    centroid_s: f64,
}

/// The response on an axis whose onset lies on the decimation grid, and its cuts.
struct Cuts {
    rate: SampleRate,
    onset: usize,
    /// First sample that was recorded rather than padded, an eighth of the lead later.
    recorded_from: usize,
    whole: Vec<f64>,
    early: [Vec<f64>; 2],
    direct: Vec<f64>,
}

impl Cuts {
    fn new(response: &ImpulseResponse) -> Self {
        let rate = response.rate();
        let onset = rate.samples(LEAD_S).next_multiple_of(DECIMATION_MAX);
        let kept = response.onset().min(onset);
        let end = response
            .samples()
            .len()
            .min(response.onset() + rate.samples(DECAY_MAX_S));
        let mut whole = vec![0.0; onset - kept];
        whole.extend(&response.samples()[response.onset() - kept..end]);
        let cut = |limit: usize| {
            let mut part = whole[..limit.min(whole.len())].to_vec();
            part.resize(part.len() + CUT_RINGING, 0.0);
            part
        };
        let early = EARLY_LIMITS_S.map(|t| cut(onset + rate.samples(t)));
        let reach = (onset + rate.samples(ARRIVAL_S).max(2)).min(whole.len());
        let arrival = (onset..reach).max_by(|a, b| whole[*a].abs().total_cmp(&whole[*b].abs()));
        let direct = cut(arrival.unwrap_or(onset) + rate.samples(DIRECT_S) + 1);
        Self {
            rate,
            onset,
            recorded_from: onset - kept * 7 / 8,
            early,
            direct,
            whole,
        }
    }

    fn signals(&self) -> [&[f64]; 4] {
        [&self.whole, &self.early[0], &self.early[1], &self.direct]
    }
}

fn fill_decays(
    p: &mut BandParameters,
    view: &BandView<'_>,
    fits: &[Result<DecayFit, NotEvaluable>; 3],
    inr: Quantity,
    end: &Truncation,
) {
    let ranged = |i: usize, range: &Range| match inr {
        Ok(found_db) if found_db < range.needed - RANGE_TOLERANCE_DB => {
            Err(NotEvaluable::DecayRange {
                needed_db: range.needed,
                found_db,
            })
        }
        _ => fits[i],
    };
    p.set_decays([ranged(0, &EDT), ranged(1, &T20), ranged(2, &T30)]);
    let width_hz = view.width_hz.min(0.5 * view.rate_hz);
    p.uncertainty_t20_s = p.t20_s.map(|t| uncertainty_t20_s(t, width_hz));
    p.uncertainty_t30_s = p.t30_s.map(|t| uncertainty_t30_s(t, width_hz));
    p.inr_db = inr;
    p.truncation_s = Ok(end.sample as f64 / view.rate_hz);
    if matches!(inr, Ok(found) if found < INR_GOOD_DB) {
        p.flags.push(Flag::LowInr);
    }
    let shortest = [p.t20_s, p.t30_s]
        .into_iter()
        .flatten()
        .fold(f64::INFINITY, f64::min);
    if shortest * width_hz < FILTER_LIMIT {
        p.flags.push(Flag::FilterLimited);
    }
    p.flag_curvature();
}

fn fill_energies(p: &mut BandParameters, view: &BandView<'_>, parts: &Parts<'_>) {
    let [_, early50, early80, direct] = view.signals;
    if let Err(reason) = range_suffices(&p.inr_db) {
        let no = Err(reason);
        (p.c50_db, p.c80_db, p.d50, p.ts_ms, p.drr_db) = (no, no, no, no, no);
        return;
    }
    let fifty = resolved(view, EARLY_LIMITS_S[0]).map(|()| parts.split(early50, EARLY_LIMITS_S[0]));
    let eighty =
        resolved(view, EARLY_LIMITS_S[1]).map(|()| parts.split(early80, EARLY_LIMITS_S[1]));
    p.c50_db = fifty.and_then(|s| s.ratio_db());
    p.d50 = fifty.and_then(|s| s.fraction());
    p.c80_db = eighty.and_then(|s| s.ratio_db());
    p.ts_ms = parts.centre_time_s(view.centroid_s).map(|t| 1e3 * t);
    p.drr_db = resolved(view, DIRECT_S + ARRIVAL_S)
        .and_then(|()| parts.split(direct, DIRECT_S).ratio_db());
}

/// Whether a band is wide enough to tell a time window apart: bandwidth times window of at least 1.
fn resolved(view: &BandView<'_>, window_s: f64) -> Result<(), NotEvaluable> {
    let needed_hz = 1.0 / window_s;
    if view.width_hz < needed_hz {
        return Err(NotEvaluable::BandTooNarrow {
            needed_hz,
            found_hz: view.width_hz,
        });
    }
    Ok(())
}

/// The decay time that says where the decay begins: T20, else EDT, else the late slope.
fn decay_time(fits: &[Result<DecayFit, NotEvaluable>; 3], end: &Truncation) -> Quantity {
    let fitted = fits[1].or(fits[0]).map(|f| f.decay_time_s());
    fitted.or_else(|why| end.late.map(|l| -60.0 / l.slope_db_per_s).ok_or(why))
}

/// A response that ends so soon tells nothing of the modulation of speech: what is missing would count as none.
fn speech_of(
    response: &ImpulseResponse,
    rows: &[Result<[f64; MODULATIONS], NotEvaluable>; SPEECH_BANDS],
    conditions: SpeechConditions,
) -> Result<SpeechTransmission, NotEvaluable> {
    let found_s = response.duration_s();
    if found_s < SPEECH_MIN_S {
        return Err(NotEvaluable::TooShortForSpeech {
            needed_s: SPEECH_MIN_S,
            found_s,
        });
    }
    speech_transmission(rows, conditions)
}

pub(crate) fn mid(octaves: &[BandParameters]) -> MidParameters {
    let of = |pick: fn(&BandParameters) -> Quantity, range: core::ops::Range<usize>| {
        let values: Vec<Quantity> = octaves[range].iter().map(pick).collect();
        mean(&values)
    };
    // 63, 125, 250, 500, 1000, 2000 Hz: the fourth to the sixth octave.
    MidParameters {
        t20_s: of(|p| p.t20_s, 3..5),
        t30_s: of(|p| p.t30_s, 3..5),
        edt_s: of(|p| p.edt_s, 3..5),
        c50_db: of(|p| p.c50_db, 3..6),
    }
}

fn energy_time(response: &ImpulseResponse) -> EnergyTimeCurve {
    let rate = response.rate();
    let from = response.onset() - response.onset().min(rate.samples(0.05));
    let part = &response.samples()[from..];
    let step = part.len().div_ceil(ENERGY_TIME_POINTS).max(1);
    let peaks: Vec<f64> = part
        .chunks(step)
        .map(|c| c.iter().fold(0.0_f64, |m, x| m.max(x.abs())))
        .collect();
    let highest = peaks.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
    let time = |i: usize| ((from + i * step) as f64 - response.onset() as f64) / rate.as_f64();
    EnergyTimeCurve {
        time_s: (0..peaks.len()).map(time).collect(),
        level_db: peaks
            .iter()
            .map(|p| 20.0 * (p / highest).max(1e-10).log10())
            .collect(),
    }
}

/// Frequencies that the response carries: excited, and below 0.47 of the rate.
fn carried_range(response: &ImpulseResponse) -> (f64, f64) {
    let (low, high) = response.range_hz();
    (low, high.min(CARRIED * response.rate().as_f64()))
}

fn not_excited(band: Band, response: &ImpulseResponse) -> NotEvaluable {
    NotEvaluable::BandNotExcited {
        band_hz: (band.lower_hz(), band.upper_hz()),
        range_hz: carried_range(response),
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a positive number of samples"
)]
fn samples(x: f64) -> usize {
    x.round().max(0.0) as usize
}

const _: () = assert!(
    SPEECH_BANDS == 7,
    "speech takes the octaves from 125 Hz to 8 kHz"
);
