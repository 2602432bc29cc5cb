//! What one evaluation returns: parameters per band, each a value or a reason.

use room_dsp::{Band, Cause};

use crate::decay::DecayFit;
use crate::frequency_response::FrequencyResponse;
use crate::quantity::{NotEvaluable, Quantity};
use crate::speech::SpeechTransmission;

/// Curvature above which a decay has no single time, in percent (ISO 3382-2:2008, B.3).
const CURVATURE_MAX_PCT: f64 = 10.0;

/// Something about a value that its reader must know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Flag {
    /// The decay range exceeds what T30 needs by less than 8 dB: its decay times may be off by more than one percent.
    LowInr,
    /// The band filter's own ringing limits the decay: bandwidth times decay time is below 4 (time-reversed filters).
    FilterLimited,
    /// T30 exceeds T20 by more than 10 %: there is no single decay time (ISO 3382-2:2008, B.3).
    CurvedDecay,
    /// A fault of the recording has reached the band; its values may be wrong beyond their tolerances.
    Doubtful(Cause),
}

impl Flag {
    /// Stable code for programs.
    pub const fn code(self) -> &'static str {
        match self {
            Self::LowInr => "LOW_INR",
            Self::FilterLimited => "FILTER_LIMITED",
            Self::CurvedDecay => "CURVED_DECAY",
            Self::Doubtful(cause) => cause.code(),
        }
    }
}

/// Regressions of one decay.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct DecayFits {
    /// 0 to -10 dB.
    pub edt: Option<DecayFit>,
    /// -5 to -25 dB.
    pub t20: Option<DecayFit>,
    /// -5 to -35 dB.
    pub t30: Option<DecayFit>,
}

/// Energy decay curve for drawing.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DecayPoints {
    /// Seconds after the onset.
    pub time_s: Vec<f64>,
    /// Energy left re all energy, in decibels.
    pub level_db: Vec<f64>,
}

/// Parameters of one band, or of the whole response.
#[derive(Debug, Clone, PartialEq)]
pub struct BandParameters {
    /// The band; none for the whole response.
    pub band: Option<Band>,
    /// Early decay time in seconds (ISO 3382-1:2009, A.2.2).
    pub edt_s: Quantity,
    /// Reverberation time from -5 to -25 dB in seconds.
    pub t20_s: Quantity,
    /// Reverberation time from -5 to -35 dB in seconds.
    pub t30_s: Quantity,
    /// Clarity, 50 ms, in decibels (ISO 3382-1:2009, A.2.3).
    pub c50_db: Quantity,
    /// Clarity, 80 ms, in decibels.
    pub c80_db: Quantity,
    /// Definition, 0 to 1.
    pub d50: Quantity,
    /// Centre time in milliseconds (ISO 3382-1:2009, A.2.4).
    pub ts_ms: Quantity,
    /// Direct sound (until 2.5 ms after its first arrival) re everything later, in decibels.
    pub drr_db: Quantity,
    /// Level of the decay at the onset over the background in decibels.
    pub inr_db: Quantity,
    /// C = 100 (T30 / T20 - 1) in percent (ISO 3382-2:2008, B.3).
    pub curvature_pct: Quantity,
    /// Non-linearity of the T20 regression in permille (ISO 3382-2:2008, B.2).
    pub nonlinearity_permille_t20: Quantity,
    /// Non-linearity of the T30 regression in permille.
    pub nonlinearity_permille_t30: Quantity,
    /// Standard uncertainty of T20 for one position in seconds (ISO 3382-2:2008, 7.1).
    pub uncertainty_t20_s: Quantity,
    /// Standard uncertainty of T30 for one position in seconds.
    pub uncertainty_t30_s: Quantity,
    /// Time at which the decay meets the background, or the response ends, in seconds after the onset.
    pub truncation_s: Quantity,
    /// What the reader must know.
    pub flags: Vec<Flag>,
    /// Regressions.
    pub fits: DecayFits,
    /// The curve, where asked for.
    pub decay: DecayPoints,
}

impl BandParameters {
    /// A band of which nothing can be said, for one reason.
    pub fn withheld(band: Option<Band>, reason: NotEvaluable) -> Self {
        let no = Err(reason);
        Self {
            band,
            edt_s: no,
            t20_s: no,
            t30_s: no,
            c50_db: no,
            c80_db: no,
            d50: no,
            ts_ms: no,
            drr_db: no,
            inr_db: no,
            curvature_pct: no,
            nonlinearity_permille_t20: no,
            nonlinearity_permille_t30: no,
            uncertainty_t20_s: no,
            uncertainty_t30_s: no,
            truncation_s: no,
            flags: Vec::new(),
            fits: DecayFits::default(),
            decay: DecayPoints::default(),
        }
    }

    /// Takes the regressions of the decay, of T20 and T30 only those that are near enough to a line. How far a decay is
    /// from one is told of the others too.
    ///
    /// An early decay bends wherever the direct sound stands out: its slope is a definition, no claim of straightness.
    pub(crate) fn set_decays(&mut self, lines: [Result<DecayFit, NotEvaluable>; 3]) {
        let [edt, line_t20, line_t30] = lines;
        let [t20, t30] = [line_t20, line_t30].map(|line| line.and_then(DecayFit::straight));
        self.fits = DecayFits {
            edt: edt.ok(),
            t20: t20.ok(),
            t30: t30.ok(),
        };
        [self.edt_s, self.t20_s, self.t30_s] = [edt, t20, t30].map(|f| f.map(|f| f.decay_time_s()));
        self.nonlinearity_permille_t20 = line_t20.map(|f| f.nonlinearity_permille);
        self.nonlinearity_permille_t30 = line_t30.map(|f| f.nonlinearity_permille);
        self.curvature_pct = match (self.t20_s, self.t30_s) {
            (Ok(early), Ok(late)) => Ok(100.0 * (late / early - 1.0)),
            (Err(why), _) | (_, Err(why)) => Err(why),
        };
    }

    /// Flags a decay that has no single time.
    pub(crate) fn flag_curvature(&mut self) {
        if matches!(self.curvature_pct, Ok(c) if c > CURVATURE_MAX_PCT) {
            self.flags.push(Flag::CurvedDecay);
        }
    }

    /// All quantities with the names that documents give them.
    pub fn quantities(&self) -> [(&'static str, Quantity); 15] {
        [
            ("edt_s", self.edt_s),
            ("t20_s", self.t20_s),
            ("t30_s", self.t30_s),
            ("c50_db", self.c50_db),
            ("c80_db", self.c80_db),
            ("d50", self.d50),
            ("ts_ms", self.ts_ms),
            ("drr_db", self.drr_db),
            ("inr_db", self.inr_db),
            ("curvature_pct", self.curvature_pct),
            ("nonlinearity_permille_t20", self.nonlinearity_permille_t20),
            ("nonlinearity_permille_t30", self.nonlinearity_permille_t30),
            ("uncertainty_t20_s", self.uncertainty_t20_s),
            ("uncertainty_t30_s", self.uncertainty_t30_s),
            ("truncation_s", self.truncation_s),
        ]
    }
}

/// Single numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MidParameters {
    /// Mean T20 of 500 Hz and 1 kHz in seconds.
    pub t20_s: Quantity,
    /// Mean T30 of 500 Hz and 1 kHz in seconds.
    pub t30_s: Quantity,
    /// Mean EDT of 500 Hz and 1 kHz in seconds.
    pub edt_s: Quantity,
    /// Mean C50 of 500 Hz to 2 kHz in decibels.
    pub c50_db: Quantity,
}

/// Energy-time curve for drawing: the highest level of each interval.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct EnergyTimeCurve {
    /// Seconds after the onset.
    pub time_s: Vec<f64>,
    /// Level re the highest, in decibels.
    pub level_db: Vec<f64>,
}

/// Everything that an impulse response tells.
#[derive(Debug, Clone, PartialEq)]
pub struct RoomParameters {
    /// The unfiltered response.
    pub broadband: BandParameters,
    /// Octaves, ascending.
    pub octaves: Vec<BandParameters>,
    /// Third octaves, ascending; empty when not asked for.
    pub thirds: Vec<BandParameters>,
    /// Single numbers.
    pub mid: MidParameters,
    /// Speech transmission.
    pub speech: Result<SpeechTransmission, NotEvaluable>,
    /// Smoothed magnitude over frequency.
    pub frequency_response: FrequencyResponse,
    /// Energy-time curve, where asked for.
    pub energy_time: EnergyTimeCurve,
}
