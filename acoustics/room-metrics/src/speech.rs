//! Speech transmission index by the indirect method of IEC 60268-16.
//!
//! The modulation transfer function comes from the squared band responses (Schroeder 1981), is reduced by
//! noise, masking by the lower neighbour band and the reception threshold where levels are given, and becomes
//! transmission indices and their weighted sum.

use crate::quantity::{NotEvaluable, Quantity};

/// Octave bands of speech, 125 Hz to 8 kHz.
pub const SPEECH_BANDS: usize = 7;

/// Modulation frequencies.
pub const MODULATIONS: usize = 14;

/// Modulation frequencies in hertz (IEC 60268-16:2020, 4.3).
pub const MODULATION_HZ: [f64; MODULATIONS] = [
    0.63, 0.8, 1.0, 1.25, 1.6, 2.0, 2.5, 3.15, 4.0, 5.0, 6.3, 8.0, 10.0, 12.5,
];

/// Modulation transfer function: a row per band from 125 Hz, a column per modulation frequency, each 0 to 1.
pub type ModulationTransfer = [[f64; MODULATIONS]; SPEECH_BANDS];

/// Weights and spectrum of the talker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Talker {
    /// Edition 5 (IEC 60268-16:2020): male, the only one left there.
    #[default]
    Edition5Male,
    /// Edition 4 (2011), male: the same weights, another spectrum.
    Edition4Male,
    /// Edition 4 (2011), female.
    Edition4Female,
}

impl Talker {
    /// Octave weights (alpha), 125 Hz to 8 kHz.
    const fn weights(self) -> [f64; SPEECH_BANDS] {
        match self {
            Self::Edition5Male | Self::Edition4Male => {
                [0.085, 0.127, 0.230, 0.233, 0.309, 0.224, 0.173]
            }
            Self::Edition4Female => [0.0, 0.117, 0.223, 0.216, 0.328, 0.250, 0.194],
        }
    }

    /// Redundancy weights (beta) between neighbouring octaves.
    const fn redundancies(self) -> [f64; SPEECH_BANDS - 1] {
        match self {
            Self::Edition5Male | Self::Edition4Male => [0.085, 0.078, 0.065, 0.011, 0.047, 0.095],
            Self::Edition4Female => [0.0, 0.099, 0.066, 0.062, 0.025, 0.076],
        }
    }

    /// Octave levels re the A-weighted level in decibels, 125 Hz to 8 kHz; the female talker has none at 125 Hz.
    pub const fn spectrum_db(self) -> [Option<f64>; SPEECH_BANDS] {
        let s = Some;
        match self {
            Self::Edition5Male => [
                s(-2.5),
                s(0.5),
                s(0.0),
                s(-6.0),
                s(-12.0),
                s(-18.0),
                s(-24.0),
            ],
            Self::Edition4Male => [
                s(2.9),
                s(2.9),
                s(-0.8),
                s(-6.8),
                s(-12.8),
                s(-18.8),
                s(-24.8),
            ],
            Self::Edition4Female => [None, s(5.3), s(-1.9), s(-9.1), s(-15.8), s(-16.7), s(-18.0)],
        }
    }

    /// Edition of the standard.
    pub const fn edition(self) -> u8 {
        match self {
            Self::Edition5Male => 5,
            Self::Edition4Male | Self::Edition4Female => 4,
        }
    }

    /// Name of the spectrum.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Edition5Male | Self::Edition4Male => "male",
            Self::Edition4Female => "female",
        }
    }
}

/// Levels under which speech is heard.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct SpeechConditions {
    /// Weights.
    pub talker: Talker,
    /// Sound pressure level of speech per octave in dB, 125 Hz to 8 kHz; none: only the room counts.
    pub speech_level_db: Option<[f64; SPEECH_BANDS]>,
    /// Sound pressure level of the ambient noise per octave in dB.
    pub noise_level_db: Option<[f64; SPEECH_BANDS]>,
    /// Whether masking and reception threshold count (they need the speech level).
    pub masking: bool,
}

/// Speech transmission index and what it is made of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SpeechTransmission {
    /// The index, 0 to 1.
    pub sti: f64,
    /// Modulation transfer index per octave, 125 Hz to 8 kHz.
    pub mti: [f64; SPEECH_BANDS],
    /// Modulation transfer function that it follows from, noise and masking included.
    pub mtf: ModulationTransfer,
    /// The conditions.
    pub conditions: SpeechConditions,
}

/// Absolute reception threshold in dB SPL (IEC 60268-16:2020, table A.2).
const RECEPTION_THRESHOLD_DB: [f64; SPEECH_BANDS] = [46.0, 27.0, 12.0, 6.5, 7.5, 8.0, 12.0];

/// Limit of the effective signal-to-noise ratio in decibels.
const SNR_LIMIT_DB: f64 = 15.0;

/// Block of the modulation sums in seconds: a pulse at its edge is off by half of it, 0.01 of a radian at 12.5 Hz.
const BLOCK_S: f64 = 0.25e-3;

impl SpeechTransmission {
    /// From the modulation transfer function of the room alone (IEC 60268-16:2020, annex A).
    pub fn from_room(room: &ModulationTransfer, conditions: SpeechConditions) -> Self {
        let mtf = heard(room, &conditions);
        let mti = mtf.map(|row| {
            row.iter().map(|m| transmission_index(*m)).sum::<f64>() / MODULATIONS as f64
        });
        let weights = conditions.talker.weights();
        let redundancies = conditions.talker.redundancies();
        let gain: f64 = mti.iter().zip(&weights).map(|(m, a)| a * m).sum();
        let loss: f64 = mti
            .windows(2)
            .zip(&redundancies)
            .map(|(m, b)| b * (m[0] * m[1]).sqrt())
            .sum();
        Self {
            sti: (gain - loss).clamp(0.0, 1.0),
            mti,
            mtf,
            conditions,
        }
    }

    /// Qualification band: A+ to J and U (IEC 60268-16:2020, annex F).
    pub fn rating(&self) -> &'static str {
        const LETTERS: [(f64, &str); 11] = [
            (0.76, "A+"),
            (0.72, "A"),
            (0.68, "B"),
            (0.64, "C"),
            (0.60, "D"),
            (0.56, "E"),
            (0.52, "F"),
            (0.48, "G"),
            (0.44, "H"),
            (0.40, "I"),
            (0.36, "J"),
        ];
        LETTERS
            .iter()
            .find(|(limit, _)| self.sti > *limit)
            .map_or("U", |(_, letter)| letter)
    }

    /// The older scale in words.
    pub fn words(&self) -> &'static str {
        const WORDS: [(f64, &str); 4] = [
            (0.30, "bad"),
            (0.45, "poor"),
            (0.60, "fair"),
            (0.75, "good"),
        ];
        WORDS
            .iter()
            .find(|(limit, _)| self.sti < *limit)
            .map_or("excellent", |(_, word)| word)
    }
}

/// Reduces the room's modulation by noise, masking and threshold (IEC 60268-16:2020, A.5.2 to A.5.4).
fn heard(room: &ModulationTransfer, conditions: &SpeechConditions) -> ModulationTransfer {
    let Some(speech_db) = conditions.speech_level_db else {
        return *room;
    };
    let power = |db: f64| 10f64.powf(db / 10.0);
    let speech = speech_db.map(power);
    let noise = conditions
        .noise_level_db
        .map_or([0.0; SPEECH_BANDS], |n| n.map(power));
    let mut mtf = *room;
    for band in 0..SPEECH_BANDS {
        let total = speech[band] + noise[band];
        let masked = if !conditions.masking {
            0.0
        } else if band == 0 {
            power(RECEPTION_THRESHOLD_DB[band])
        } else {
            let below = speech[band - 1] + noise[band - 1];
            below * power(masking_db(10.0 * below.log10())) + power(RECEPTION_THRESHOLD_DB[band])
        };
        for m in &mut mtf[band] {
            *m *= speech[band] / (total + masked);
        }
    }
    mtf
}

/// Level-dependent auditory masking of the next octave in decibels (IEC 60268-16:2020, table A.1).
fn masking_db(level_db: f64) -> f64 {
    match level_db {
        l if l < 63.0 => 0.5 * l - 65.0,
        l if l < 67.0 => 1.8 * l - 146.9,
        l if l < 100.0 => 0.5 * l - 59.8,
        _ => -10.0,
    }
}

/// Effective signal-to-noise ratio of a modulation, limited and scaled to 0..1 (IEC 60268-16:2020, A.5.5 and A.5.6).
fn transmission_index(m: f64) -> f64 {
    let m = m.clamp(0.0, 1.0);
    let snr_db = if m >= 1.0 {
        SNR_LIMIT_DB
    } else {
        10.0 * (m / (1.0 - m)).max(1e-12).log10()
    };
    (snr_db.clamp(-SNR_LIMIT_DB, SNR_LIMIT_DB) + SNR_LIMIT_DB) / (2.0 * SNR_LIMIT_DB)
}

/// Modulation transfer of one squared band response less its background, at the standard's frequencies.
///
/// Summed in blocks, each with the phase of its middle and the loss of its width made good.
pub(crate) fn modulation_transfer(
    energy: &[f64],
    noise: f64,
    rate_hz: f64,
) -> Result<[f64; MODULATIONS], NotEvaluable> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a positive number of samples"
    )]
    let len = ((BLOCK_S * rate_hz) as usize).max(1);
    let blocks: Vec<f64> = energy
        .chunks(len)
        .map(|b| b.iter().sum::<f64>() - noise * b.len() as f64)
        .collect();
    let total: f64 = blocks.iter().sum();
    if total <= 0.0 {
        return Err(NotEvaluable::NoEnergy);
    }
    let omega = MODULATION_HZ.map(|f| core::f64::consts::TAU * f * len as f64 / rate_hz);
    let [re, im] = phasor_sums(&blocks, &omega);
    Ok(core::array::from_fn(|k| {
        let half = 0.5 * omega[k];
        let width_loss = if len == 1 { 1.0 } else { half.sin() / half };
        (re[k].hypot(im[k]) / total / width_loss).min(1.0)
    }))
}

/// Sums of values times cos and sin of their places times every angle. The angles are turned side by side, so that no
/// turn waits for the one before.
fn phasor_sums(values: &[f64], angles: &[f64; MODULATIONS]) -> [[f64; MODULATIONS]; 2] {
    let (step_re, step_im) = (angles.map(f64::cos), angles.map(f64::sin));
    let (mut re, mut im) = ([0.0; MODULATIONS], [0.0; MODULATIONS]);
    let (mut cos, mut sin) = ([1.0; MODULATIONS], [0.0; MODULATIONS]);
    for value in values {
        for k in 0..MODULATIONS {
            re[k] += value * cos[k];
            im[k] += value * sin[k];
            let turned = cos[k] * step_re[k] - sin[k] * step_im[k];
            sin[k] = sin[k] * step_re[k] + cos[k] * step_im[k];
            cos[k] = turned;
        }
    }
    [re, im]
}

/// The index where every octave has a modulation transfer, else the reason of the first that has none.
pub(crate) fn speech_transmission(
    rows: &[Result<[f64; MODULATIONS], NotEvaluable>; SPEECH_BANDS],
    conditions: SpeechConditions,
) -> Result<SpeechTransmission, NotEvaluable> {
    let mut room = [[0.0; MODULATIONS]; SPEECH_BANDS];
    for (target, row) in room.iter_mut().zip(rows) {
        *target = (*row)?;
    }
    Ok(SpeechTransmission::from_room(&room, conditions))
}

/// Mean of quantities, each of which must be there.
pub(crate) fn mean(values: &[Quantity]) -> Quantity {
    let mut sum = 0.0;
    for value in values {
        sum += value.map_err(|_| NotEvaluable::Incomplete)?;
    }
    Ok(sum / values.len() as f64)
}
