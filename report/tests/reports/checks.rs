//! The checks find what breaks a document's promises, and nothing in one that keeps them.

use contract::parameters::Reasons;
use contract::speech::Sti;
use report::check::{first_non_finite, unexplained};

use crate::fixture;

#[test]
fn good_documents_pass() {
    for document in [fixture::office(), fixture::failed(), fixture::withheld()] {
        assert_eq!(first_non_finite(&document), None);
        assert_eq!(unexplained(&document), Vec::<String>::new());
    }
}

#[test]
fn the_path_of_a_bad_number_is_named() {
    let mut document = fixture::office();
    document.thirds[4].c80_db = Some(f64::NAN);
    assert_eq!(first_non_finite(&document).unwrap(), "thirds[4].c80_db");
    document.octaves[0].d50 = Some(f64::INFINITY);
    assert_eq!(first_non_finite(&document).unwrap(), "octaves[0].d50");
}

#[test]
fn every_part_is_looked_at() {
    let paths = [
        "alignment.snr_db",
        "octaves[0].not_evaluable.t30_s.found",
        "mid.c50_db",
        "sti.mtf[97]",
        "frequency_response.level_db[3]",
        "curves.bands[1].fits.edt.intercept_db",
        "curves.etc.level_db[5]",
        "noise.octaves[2].level_dbfs",
    ];
    for (part, path) in paths.into_iter().enumerate() {
        let mut document = fixture::office();
        spoil(&mut document, part);
        assert_eq!(first_non_finite(&document).as_deref(), Some(path));
    }
}

fn spoil(document: &mut contract::analysis::AnalysisDocument, part: usize) {
    let nan = f64::NAN;
    let curves = document.curves.as_mut();
    match part {
        0 => document
            .alignment
            .iter_mut()
            .for_each(|it| it.snr_db = Some(nan)),
        1 => {
            let reason = document.octaves[0].not_evaluable.get_mut("t30_s");
            if let Some(reason) = reason {
                reason.found = Some(nan);
            }
        }
        2 => document.mid.iter_mut().for_each(|it| it.c50_db = Some(nan)),
        3 => {
            if let Some(Sti::Evaluated(speech)) = &mut document.sti {
                speech.mtf[6][13] = nan;
            }
        }
        4 => document
            .frequency_response
            .iter_mut()
            .for_each(|it| it.level_db[3] = nan),
        5 => {
            let fit = curves.and_then(|it| it.bands[1].fits.edt.as_mut());
            if let Some(fit) = fit {
                fit.intercept_db = nan;
            }
        }
        6 => curves.into_iter().for_each(|it| it.etc.level_db[5] = nan),
        _ => {
            if let Some(contract::analysis::Noise::Measured(noise)) = &mut document.noise {
                noise.octaves[2].level_dbfs = nan;
            }
        }
    }
}

#[test]
fn a_null_without_a_reason_is_named() {
    let mut document = fixture::office();
    document.octaves[0].not_evaluable = Reasons::new();
    document.octaves[1].ts_ms = None;
    if let Some(mid) = &mut document.mid {
        mid.edt_s = None;
    }
    let paths = unexplained(&document);
    for path in ["octaves[0].t30_s", "octaves[1].ts_ms", "mid.edt_s"] {
        assert!(
            paths.iter().any(|found| found == path),
            "{path} in {paths:?}"
        );
    }
}
