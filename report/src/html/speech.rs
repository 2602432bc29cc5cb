//! The speech transmission index in numbers: what it takes into account, the part of each octave, and
//! the modulation transfer ratios; or why there is none.

use contract::speech::{STI_MODULATIONS, SpeechTransmission, Sti};

use super::tables;
use crate::evaluation::Evaluation;
use crate::format;
use crate::markup::{Markup, attributes};
use crate::plot::speech::{BANDS_HZ, conditions};

/// Modulation frequencies in hertz (IEC 60268-16:2020, 4.3).
const MODULATIONS_HZ: [&str; STI_MODULATIONS] = [
    "0.63", "0.8", "1", "1.25", "1.6", "2", "2.5", "3.15", "4", "5", "6.3", "8", "10", "12.5",
];

/// Writes the section on speech; nothing for a failed document.
pub(super) fn write(main: &mut Markup, found: Evaluation<'_>) {
    let Some(sti) = found.sti else {
        return;
    };
    main.element("h2", &[], "Speech");
    body(main, sti);
}

/// The index, or why there is none, without a heading.
pub(super) fn body(main: &mut Markup, sti: &Sti) {
    match sti {
        Sti::Evaluated(speech) => evaluated(main, speech),
        Sti::Withheld(withheld) => {
            let words = format!("STI not evaluable: {}", withheld.reason.message);
            main.element("p", &[], &words);
        }
    }
}

fn evaluated(main: &mut Markup, speech: &SpeechTransmission) {
    let words = format!(
        "STI {}, rating {}, {}. {}",
        format::ratio(speech.sti),
        speech.rating,
        speech.words,
        conditions(speech)
    );
    main.element("p", &[], &words);
    if !speech.with_noise {
        let caution = "Background noise while people speak lowers the index; this value holds \
                     without it.";
        main.element("p", &attributes! {"class" => "remark"}, caution);
    }
    let octaves = BANDS_HZ.map(format::frequency_hz);
    let mti = speech.mti.map(format::ratio).to_vec();
    tables::wide(main, "Octave", &octaves, [("MTI", mti)].into_iter());
    main.nest("details", &[], |details| {
        let summary = "Modulation transfer ratio per octave and modulation frequency";
        details.element("summary", &[], summary);
        let rows = MODULATIONS_HZ.iter().enumerate().map(|(index, hz)| {
            let column = |band: &[f64; STI_MODULATIONS]| {
                format::or_missing(band.get(index).copied(), format::ratio)
            };
            (format!("{hz} Hz"), speech.mtf.iter().map(column).collect())
        });
        tables::wide(details, "Modulation", &octaves, rows);
    });
}
