//! Analyses: every source, results within the truth's tolerances, refusals, and the reports that stay.

use contract::analysis::{AnalysisDocument, Outcome};
use contract::results::Results;
use measurement::analysis::{Analyst, Played, Sound};
use room_dsp::{Excitation, SampleRate, Signal};
use room_metrics::EvaluationOptions;
use serde_json::{Value, json};

use crate::bench::{Bench, benches, benches_with, one, send};
use crate::sounds::{DECAY_S, golden, of_reference, recording, response_wav, room, silence_wav};

pub(crate) fn results(answer: &Value) -> Results {
    serde_json::from_value(answer["results"].clone()).unwrap()
}

/// The suite's tolerance for decay times: 8 percent.
pub(crate) fn is_the_room(results: &Results) {
    let found = results.rt.rt60_s.unwrap();
    assert!((found - DECAY_S).abs() < 0.08 * DECAY_S, "{found} s");
    assert_eq!(results.display_metrics[0].key, "rt60");
}

pub(crate) async fn reports(bench: &Bench, job: &str) -> Vec<Value> {
    let listed = bench.get(&format!("/v1/jobs/{job}/reports")).await.ok();
    assert_eq!(listed["job_id"], json!(job));
    listed["reports"].as_array().unwrap().clone()
}

async fn document(bench: &Bench, job: &str, report: &Value) -> AnalysisDocument {
    let id = report["id"].as_str().unwrap();
    let found = bench.get(&format!("/v1/jobs/{job}/reports/{id}")).await;
    serde_json::from_value(found.ok()).unwrap()
}

fn generated(upload: &str, hash: &str) -> Value {
    json!({"source": "sweep_deconvolution_generated", "recording_upload": upload, "audio_hash": hash})
}

#[tokio::test]
async fn a_recording_of_the_signal_tells_the_room() {
    for bench in benches().await {
        let (job, hash) = (bench.new_job().await, bench.audio_hash().await);
        bench.upload(&job, "rec.flac", &of_reference(1)).await.ok();
        let body = generated("rec.flac", &hash.to_uppercase());
        let answer = bench.analyze(&job, &body).await.ok();
        assert_eq!(answer["job_id"], json!(job));
        let found = results(&answer);
        is_the_room(&found);
        assert!(found.alignment.is_some());
        let job_now = bench.get(&format!("/v1/jobs/{job}")).await.ok();
        assert_eq!(job_now["results"], answer["results"]);
        let mut data = body.clone();
        data["job_id"] = json!(job);
        let by_event = bench.event("analysis.run", &data).await.ok();
        assert_eq!(by_event, answer);
    }
}

#[tokio::test]
async fn an_impulse_response_is_read_normalised_and_told() {
    for bench in benches().await {
        let job = bench.new_job().await;
        bench
            .upload(&job, "impulse_response", &response_wav())
            .await
            .ok();
        let answer = bench
            .analyze(&job, &json!({"source": "impulse_response"}))
            .await
            .ok();
        let found = results(&answer);
        is_the_room(&found);
        assert_eq!((found.samplerate_hz, found.alignment), (48_000, None));
    }
}

#[tokio::test]
async fn a_recording_of_another_rate_is_converted() {
    let bench = one().await;
    let (job, hash) = (bench.new_job().await, bench.audio_hash().await);
    let slow = SampleRate::new(44_100).unwrap();
    let reference = Excitation::reference().signal();
    bench
        .upload(&job, "slow", &recording(slow, &reference, 2))
        .await
        .ok();
    let found = results(&bench.analyze(&job, &generated("slow", &hash)).await.ok());
    is_the_room(&found);
    let mut codes = found.warnings.iter().map(|w| w.code.as_str());
    assert!(codes.any(|code| code == "SAMPLE_RATE_CONVERTED"));
    // The whole signal as a reference of its own is recognised: its chirps are used.
    let wav = audio_file::write_wav(&reference, audio_file::WavFormat::Pcm16).unwrap();
    bench.upload(&job, "whole", &wav).await.ok();
    let body = json!({
        "source": "sweep_deconvolution", "recording_upload": "slow", "sweep_reference_upload": "whole",
    });
    let recognised = results(&bench.analyze(&job, &body).await.ok());
    assert_eq!(recognised.alignment, found.alignment);
    is_the_room(&recognised);
}

#[tokio::test]
async fn golden_recordings_give_the_librarys_document() {
    let bench = one().await;
    let (job, hash) = (bench.new_job().await, bench.audio_hash().await);
    let analyst = Analyst::new(EvaluationOptions::default(), measurement::engine());
    let reference = Played::Layout(Excitation::reference());
    for name in [
        "r02_skew_p120_class",
        "r04_44k1_skew_p35",
        "r07_clip_hard",
        "r10_samples_lost_10ms",
        "r14_stereo_silent_left",
        "r16_silence",
        "r18_wrong_signal",
    ] {
        let bytes = golden(name);
        bench.upload(&job, name, &bytes).await.ok();
        let answer = bench.analyze(&job, &generated(name, &hash)).await;
        let sound = Sound::decode(name, &bytes, &audio_file::Limits::default());
        let expected = analyst.analyze(sound, &reference).document;
        let report = &reports(&bench, &job).await[0];
        assert_eq!(document(&bench, &job, report).await, expected, "{name}");
        match &expected.failure {
            None => {
                let found = results(&answer.ok());
                let broadband = expected.broadband.unwrap();
                assert_eq!(found.rt.t30_s, broadband.t30_s, "{name}");
                assert_eq!(found.clarity.c50_db, broadband.c50_db, "{name}");
            }
            Some(failure) => {
                assert_eq!(answer.refused(400), failure.code, "{name}");
                let body = answer.json();
                assert_eq!(body["detail"], json!(failure.message));
                assert_eq!(body["remedy"], json!(failure.remedy));
                assert_eq!(body["data"], failure.data);
            }
        }
    }
}

#[tokio::test]
async fn a_refused_analysis_keeps_its_report_and_the_last_results() {
    for bench in benches().await {
        let (job, hash) = (bench.new_job().await, bench.audio_hash().await);
        bench.upload(&job, "good", &response_wav()).await.ok();
        let good = json!({"source": "impulse_response", "impulse_response_upload": "good"});
        let answer = bench.analyze(&job, &good).await.ok();
        bench.upload(&job, "silent", &silence_wav()).await.ok();
        bench.upload(&job, "text", b"this is no audio").await.ok();
        let silent = bench.analyze(&job, &generated("silent", &hash)).await;
        assert_eq!(silent.refused(400), "NO_SIGNAL");
        assert!(silent.json()["remedy"].is_string());
        let text = bench.analyze(&job, &generated("text", &hash)).await;
        assert_eq!(text.refused(400), "NOT_AUDIO");
        let body = json!({
            "source": "sweep_deconvolution", "recording_upload": "good", "sweep_reference_upload": "silent",
        });
        let unusable = bench.analyze(&job, &body).await;
        assert_eq!(unusable.refused(400), "REFERENCE_UNUSABLE");
        let found = reports(&bench, &job).await;
        let outcomes: Vec<&Value> = found.iter().map(|report| &report["outcome"]).collect();
        assert_eq!(outcomes, ["failed", "failed", "failed", "ok"]);
        let failed = document(&bench, &job, &found[2]).await;
        assert_eq!(failed.outcome, Outcome::Failed);
        assert_eq!(failed.failure.unwrap().code, "NO_SIGNAL");
        let job_now = bench.get(&format!("/v1/jobs/{job}")).await.ok();
        assert_eq!(job_now["results"], answer["results"]);
    }
}

#[tokio::test]
async fn requests_that_name_nothing_keep_their_sentences() {
    let bench = one().await;
    let job = bench.new_job().await;
    bench.upload(&job, "rec", &silence_wav()).await.ok();
    let told = async |mut data: Value| {
        data["job_id"] = json!(job);
        let refused = bench.event("analysis.run", &data).await;
        let code = refused.refused(400);
        (code, refused.json()["detail"].as_str().unwrap().to_owned())
    };
    let impulse = json!({"source": "impulse_response", "impulse_response_upload": "../../x"});
    let sweep = json!({"source": "sweep_deconvolution", "recording_upload": "rec"});
    let without = json!({"source": "sweep_deconvolution_generated", "recording_upload": "rec"});
    for (data, expected, sentence) in [
        (impulse, "UPLOAD_MISSING", "Missing upload '../../x'"),
        (
            sweep,
            "UPLOAD_MISSING",
            "Missing uploads 'rec' and/or 'sweep_reference'",
        ),
        (without, "BAD_REQUEST", "Missing 'audio_hash' - required"),
    ] {
        let (code, detail) = told(data).await;
        assert_eq!(code, expected);
        assert!(detail.starts_with(sentence), "{detail}");
    }
    for hash in ["0".repeat(64), "../../../etc/passwd".to_owned()] {
        let (code, detail) = told(generated("rec", &hash)).await;
        assert_eq!(code, "REFERENCE_UNKNOWN");
        let shown: String = hash.chars().take(16).collect();
        assert!(
            detail.contains(&format!("audio_hash={shown}...")),
            "{detail}"
        );
    }
    let magic = bench.analyze(&job, &json!({"source": "magic"})).await;
    magic.refused(422);
    assert_eq!(magic.json()["detail"][0]["loc"], json!(["body", "source"]));
    assert_eq!(reports(&bench, &job).await, Vec::<Value>::new());
}

#[tokio::test]
async fn versions_are_counted_and_every_form_is_served() {
    for bench in benches().await {
        let job = bench.new_job().await;
        bench.upload(&job, "a", &response_wav()).await.ok();
        bench.upload(&job, "b", &response_wav()).await.ok();
        for upload in ["a", "b", "a"] {
            let body = json!({"source": "impulse_response", "impulse_response_upload": upload});
            bench.analyze(&job, &body).await.ok();
        }
        let found = reports(&bench, &job).await;
        let keys: Vec<(&Value, &Value)> =
            found.iter().map(|r| (&r["key"], &r["version"])).collect();
        let [a, b] = ["a", "b"].map(|upload| json!({"upload": upload}));
        let (one, two) = (json!(1), json!(2));
        assert_eq!(keys, [(&a, &two), (&b, &one), (&a, &one)]);
        let path = format!(
            "/v1/jobs/{job}/reports/{}",
            found[0]["id"].as_str().unwrap()
        );
        let html = bench.get(&format!("{path}?format=html")).await;
        assert!(html.header("content-type").starts_with("text/html"));
        let csv = bench.get(&format!("{path}?format=csv")).await;
        assert!(csv.header("content-type").starts_with("text/csv"));
        let shown = document(&bench, &job, &found[0]).await;
        assert_eq!(csv.text(), report::csv(&shown));
        assert_eq!(html.text(), report::html(&shown));
        bench.get(&format!("{path}?format=pdf")).await.refused(422);
        let other = bench.new_job().await;
        let id = found[0]["id"].as_str().unwrap();
        let foreign = format!("/v1/jobs/{other}/reports/{id}");
        bench.get(&foreign).await.refused(404);
        bench
            .get(&format!("/v1/jobs/{job}/reports/..%2Fx"))
            .await
            .refused(404);
    }
}

#[tokio::test]
async fn what_is_too_long_for_an_analysis_is_refused_with_the_limit() {
    let bench = one().await;
    let job = bench.new_job().await;
    let fast = SampleRate::new(192_000).unwrap();
    let long = Signal::mono(fast, vec![0.01; 3_000_001]);
    let pulse = Signal::mono(fast, [vec![0.5], vec![0.0; 192_000 * 50]].concat());
    for (name, signal) in [("long", &long), ("pulse", &pulse)] {
        let flac = audio_file::write_flac(signal, audio_file::FlacBits::Sixteen).unwrap();
        bench.upload(&job, name, &flac).await.ok();
    }
    let response = json!({"source": "impulse_response", "impulse_response_upload": "long"});
    let division = json!({
        "source": "sweep_deconvolution", "recording_upload": "long", "sweep_reference_upload": "pulse",
    });
    for (body, limit) in [(response, 3_000_000.0), (division, 12_000_000.0)] {
        let refused = bench.analyze(&job, &body).await;
        assert_eq!(refused.refused(400), "TOO_LONG");
        assert_eq!(refused.json()["data"]["samples_max"], json!(limit));
    }
    assert_eq!(reports(&bench, &job).await.len(), 2);
}

#[tokio::test]
async fn reports_come_in_pages() {
    for bench in benches().await {
        let job = bench.new_job().await;
        bench.upload(&job, "silent", &silence_wav()).await.ok();
        let body = json!({"source": "impulse_response", "impulse_response_upload": "silent"});
        for _ in 0..3 {
            bench.analyze(&job, &body).await.refused(400);
        }
        let all = reports(&bench, &job).await;
        let path = format!("/v1/jobs/{job}/reports?limit=2");
        let page = bench.get(&path).await.ok();
        assert_eq!(page["reports"], json!(all[..2]));
        assert_eq!(
            (&page["total"], &page["limit"], &page["offset"]),
            (&json!(3), &json!(2), &json!(0))
        );
        let rest = bench.get(&format!("{path}&offset=2")).await.ok();
        assert_eq!(rest["reports"], json!(all[2..]));
        for wrong in ["limit=0", "limit=501", "offset=-1", "limit=x"] {
            let refused = bench.get(&format!("/v1/jobs/{job}/reports?{wrong}")).await;
            refused.refused(422);
        }
    }
}

#[tokio::test]
async fn sounds_are_written_only_where_a_folder_is_named() {
    let folder = tempfile::TempDir::new().unwrap();
    let debug = folder.path().join("debug");
    let at = debug.clone();
    let settings = move |s: &mut measurement::Settings| s.debug_dir = Some(at.clone());
    for bench in benches_with(settings).await {
        let job = bench.new_job().await;
        bench.upload(&job, "a", &response_wav()).await.ok();
        let body = json!({"source": "impulse_response", "impulse_response_upload": "a"});
        bench.analyze(&job, &body).await.ok();
        let id = reports(&bench, &job).await[0]["id"].clone();
        for what in ["recording", "impulse_response"] {
            let path = debug.join(format!("{}_{what}.wav", id.as_str().unwrap()));
            let wav = std::fs::read(path).unwrap();
            let sound = audio_file::read(&wav, &audio_file::Limits::default()).unwrap();
            assert_eq!(sound.signal.len(), room().len());
        }
    }
    let bench = one().await;
    let job = bench.new_job().await;
    bench.upload(&job, "a", &response_wav()).await.ok();
    let body = json!({"source": "impulse_response", "impulse_response_upload": "a"});
    bench.analyze(&job, &body).await.ok();
    let left: Vec<String> = std::fs::read_dir(bench.folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(left, ["blobs"]);
}

#[tokio::test]
async fn over_a_socket_it_is_the_same() {
    let bench = one().await;
    let client = bench.over_http().await;
    let job = bench.new_job().await;
    let path = format!("/v1/jobs/{job}/uploads/a");
    send(&client, crate::bench::form(&path, &response_wav()))
        .await
        .ok();
    let body = json!({"source": "impulse_response", "impulse_response_upload": "a"});
    let request = crate::bench::posted(&format!("/v1/jobs/{job}/analyze"), &body);
    let over_http = send(&client, request).await.ok();
    assert_eq!(over_http, bench.analyze(&job, &body).await.ok());
}
