//! Signals of the client as references: sweeps of other programs, and the sweep of the house alone.

use room_dsp::{Excitation, ExcitationParameters, SampleRate, Signal};
use serde_json::json;

use crate::analysis::{is_the_room, results};
use crate::bench::one;
use crate::sounds::{golden, recording};

#[tokio::test]
async fn a_sweep_of_another_program_is_a_reference() {
    let bench = one().await;
    let job = bench.new_job().await;
    let played = Excitation::new(ExcitationParameters {
        sweep_duration_s: 4.0,
        ..ExcitationParameters::reference()
    })
    .unwrap();
    let signal = played.signal();
    let from = signal.rate().samples(played.sweep_start_s());
    let to = signal.rate().samples(played.sweep_end_s());
    let sweep = Signal::mono(signal.rate(), signal.channels()[0][from..to].to_vec());
    let wav = audio_file::write_wav(&sweep, audio_file::WavFormat::Pcm24).unwrap();
    bench.upload(&job, "sweep_reference", &wav).await.ok();
    let slow = SampleRate::new(44_100).unwrap();
    bench
        .upload(&job, "recording", &recording(slow, &sweep, 3))
        .await
        .ok();
    let body = json!({"source": "sweep_deconvolution"});
    is_the_room(&results(&bench.analyze(&job, &body).await.ok()));
}

#[tokio::test]
async fn the_sweep_alone_gives_what_the_whole_signal_gives() {
    let bench = one().await;
    let job = bench.new_job().await;
    let signal = Excitation::reference().signal();
    let cut = Signal::mono(
        signal.rate(),
        signal.channels()[0][120_000..600_000].to_vec(),
    );
    for (name, uploaded) in [("whole", &signal), ("sweep", &cut)] {
        let wav = audio_file::write_wav(uploaded, audio_file::WavFormat::Pcm16).unwrap();
        bench.upload(&job, name, &wav).await.ok();
    }
    let with = async |recording: &str, reference: &str| {
        let body = json!({
            "source": "sweep_deconvolution", "recording_upload": recording, "sweep_reference_upload": reference,
        });
        results(&bench.analyze(&job, &body).await.ok())
    };
    for name in ["r01_ideal_office", "r02_skew_p120_class", "r22_shoebox_ism"] {
        bench.upload(&job, name, &golden(name)).await.ok();
        assert_eq!(
            with(name, "sweep").await,
            with(name, "whole").await,
            "{name}"
        );
    }
    // Where nothing but the sweep was played there are no markers.
    bench
        .upload(&job, "played_alone", &recording(signal.rate(), &cut, 4))
        .await
        .ok();
    let alone = with("played_alone", "sweep").await;
    is_the_room(&alone);
    assert!(alone.warnings.iter().any(|w| w.code == "SKEW_UNKNOWN"));
}
