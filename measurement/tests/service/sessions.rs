//! Recordings of sessions: their key, the content of their moment, and the signal that they were of.

use contract::job::ReportKey;
use contract::session::{Announced, PairKey, RecordingUploaded};
use room_dsp::{Excitation, ExcitationParameters};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::bench::{Bench, benches, one, sha256};
use crate::sounds::{RATE, of_reference, recording, response_wav, silence_wav};

fn pair(mic_slot: &str) -> PairKey {
    PairKey {
        session_id: Uuid::from_u128(7),
        attempt: 1,
        speaker_slot: "speaker_1".to_owned(),
        mic_slot: mic_slot.to_owned(),
    }
}

/// A fact about what lies under a name now.
async fn fact(bench: &Bench, job: &str, upload: &str, event: u128, mic: &str) -> RecordingUploaded {
    let path = format!("/internal/jobs/{job}/uploads/{upload}");
    let content = bench.get(&path).await.ok();
    RecordingUploaded {
        event_id: Uuid::from_u128(event),
        pair: pair(mic),
        job: job.parse().unwrap(),
        upload: upload.to_owned(),
        sha256: content["sha256"].as_str().unwrap().to_owned(),
        audio_hash: None,
        announced: Announced {
            sample_rate: 48_000,
            sweep_f_start: 20.0,
            sweep_f_end: 20_000.0,
        },
    }
}

async fn tell(bench: &Bench, fact: &RecordingUploaded) -> Value {
    let body = serde_json::to_value(fact).unwrap();
    bench.post("/internal/recordings", &body).await.ok()["recorded"].clone()
}

async fn keys(bench: &Bench, job: &str) -> Vec<(ReportKey, u32)> {
    let listed = bench.get(&format!("/v1/jobs/{job}/reports")).await.ok();
    let reports: contract::job::Reports = serde_json::from_value(listed).unwrap();
    let reports = reports.reports.into_iter();
    reports.map(|report| (report.key, report.version)).collect()
}

fn impulse(upload: &str) -> Value {
    json!({"source": "impulse_response", "impulse_response_upload": upload})
}

#[tokio::test]
async fn a_session_recording_keeps_key_and_content_although_its_name_is_used_again() {
    for bench in benches().await {
        let job = bench.new_job().await;
        bench.upload(&job, "rec", &response_wav()).await.ok();
        let told = fact(&bench, &job, "rec", 1, "mic_1").await;
        assert_eq!(tell(&bench, &told).await, json!(true));
        assert_eq!(tell(&bench, &told).await, json!(false), "a repeat");
        let warned = |answer: &Value| {
            let warnings = answer["results"]["warnings"].as_array().unwrap();
            let found = warnings.iter().find(|w| w["code"] == "UPLOAD_REPLACED");
            found.map(|warning| warning["data"].clone())
        };
        let before = bench.analyze(&job, &impulse("rec")).await.ok();
        assert_eq!(warned(&before), None);
        bench.upload(&job, "rec", &silence_wav()).await.ok();
        let after = bench.analyze(&job, &impulse("rec")).await.ok();
        let hashes = json!({
            "upload": "rec", "analyzed_sha256": sha256(&response_wav()), "present_sha256": sha256(&silence_wav()),
        });
        assert_eq!(warned(&after), Some(hashes));
        let key = ReportKey::Pair(pair("mic_1"));
        assert_eq!(
            keys(&bench, &job).await,
            [(key.clone(), 2), (key.clone(), 1)]
        );
        // Another name of the job is nobody's recording.
        bench.upload(&job, "other", &response_wav()).await.ok();
        bench.analyze(&job, &impulse("other")).await.ok();
        let upload = "other".to_owned();
        let newest = keys(&bench, &job).await.remove(0);
        assert_eq!(newest, (ReportKey::Upload { upload }, 1));
    }
}

#[tokio::test]
async fn a_younger_fact_replaces_an_older_one_and_never_the_other_way() {
    for bench in benches().await {
        let job = bench.new_job().await;
        bench.upload(&job, "first", &silence_wav()).await.ok();
        bench.upload(&job, "second", &response_wav()).await.ok();
        let older = fact(&bench, &job, "first", 1, "mic_1").await;
        let younger = fact(&bench, &job, "second", 2, "mic_1").await;
        assert_eq!(tell(&bench, &younger).await, json!(true));
        assert_eq!(tell(&bench, &older).await, json!(false));
        bench.analyze(&job, &impulse("second")).await.ok();
        bench.analyze(&job, &impulse("first")).await.refused(400);
        let upload = "first".to_owned();
        assert_eq!(
            keys(&bench, &job).await,
            [
                (ReportKey::Upload { upload }, 1),
                (ReportKey::Pair(pair("mic_1")), 1)
            ]
        );
    }
}

#[tokio::test]
async fn a_late_fact_adopts_the_reports_of_its_content() {
    for bench in benches().await {
        let job = bench.new_job().await;
        bench.upload(&job, "rec", &silence_wav()).await.ok();
        bench.analyze(&job, &impulse("rec")).await.refused(400);
        bench.upload(&job, "rec", &response_wav()).await.ok();
        bench.analyze(&job, &impulse("rec")).await.ok();
        bench.analyze(&job, &impulse("rec")).await.ok();
        let told = fact(&bench, &job, "rec", 1, "mic_2").await;
        assert_eq!(tell(&bench, &told).await, json!(true));
        bench.analyze(&job, &impulse("rec")).await.ok();
        let key = ReportKey::Pair(pair("mic_2"));
        let upload = "rec".to_owned();
        assert_eq!(
            keys(&bench, &job).await,
            [
                (key.clone(), 3),
                (key.clone(), 2),
                (key, 1),
                (ReportKey::Upload { upload }, 1)
            ]
        );
    }
}

#[tokio::test]
async fn of_a_session_the_signal_is_known_without_a_hash() {
    for bench in benches().await {
        let job = bench.new_job().await;
        let told = json!({"source": "sweep_deconvolution_generated", "recording_upload": "rec"});
        let narrow = Excitation::new(ExcitationParameters {
            sweep_start_hz: 200.0,
            sweep_end_hz: 12_000.0,
            ..ExcitationParameters::reference()
        })
        .unwrap();
        let sound = recording(RATE, &narrow.signal(), 4);
        bench.upload(&job, "rec", &sound).await.ok();
        bench.analyze(&job, &told).await.refused(400);
        let announced = RecordingUploaded {
            announced: Announced {
                sample_rate: 48_000,
                sweep_f_start: 200.0,
                sweep_f_end: 12_000.0,
            },
            ..fact(&bench, &job, "rec", 1, "mic_1").await
        };
        tell(&bench, &announced).await;
        for hash in [None, Some("f".repeat(64))] {
            let mut body = told.clone();
            body["audio_hash"] = json!(hash);
            let answer = bench.analyze(&job, &body).await.ok();
            let warning = &answer["results"]["warnings"][0];
            assert_eq!(warning["code"], "REFERENCE_ASSUMED", "{answer}");
            assert_eq!(warning["data"]["audio_hash"], json!(hash));
        }
    }
}

#[tokio::test]
async fn what_the_loudspeaker_said_counts_where_the_request_says_nothing() {
    let bench = one().await;
    let job = bench.new_job().await;
    bench.upload(&job, "rec", &of_reference(6)).await.ok();
    let said = RecordingUploaded {
        audio_hash: Some(bench.audio_hash().await),
        announced: Announced {
            sample_rate: 48_000,
            sweep_f_start: 200.0,
            sweep_f_end: 12_000.0,
        },
        ..fact(&bench, &job, "rec", 1, "mic_1").await
    };
    tell(&bench, &said).await;
    let body = json!({"source": "sweep_deconvolution_generated", "recording_upload": "rec"});
    let answer = bench.analyze(&job, &body).await.ok();
    let codes = answer["results"]["warnings"].to_string();
    assert!(!codes.contains("REFERENCE_ASSUMED"), "{codes}");
}

#[tokio::test]
async fn a_refusal_of_a_replaced_recording_says_where_the_later_one_can_be_analysed() {
    let bench = one().await;
    let job = bench.new_job().await;
    bench.upload(&job, "rec", &silence_wav()).await.ok();
    let told = fact(&bench, &job, "rec", 1, "mic_1").await;
    tell(&bench, &told).await;
    bench.upload(&job, "rec", &response_wav()).await.ok();
    let refused = bench.analyze(&job, &impulse("rec")).await;
    refused.refused(400);
    let remedy = refused.json()["remedy"].as_str().unwrap().to_owned();
    assert!(remedy.contains("under another name"), "{remedy}");
}

#[tokio::test]
async fn a_fact_of_nothing_is_refused_for_good() {
    for bench in benches().await {
        let job = bench.new_job().await;
        bench.upload(&job, "rec", b"x").await.ok();
        let good = fact(&bench, &job, "rec", 1, "mic_1").await;
        let unknown_job = RecordingUploaded {
            job: Uuid::from_u128(9),
            ..good.clone()
        };
        let unknown_content = RecordingUploaded {
            sha256: "0".repeat(64),
            ..good.clone()
        };
        let with_nul = RecordingUploaded {
            audio_hash: Some("\u{0}".to_owned()),
            ..good.clone()
        };
        let nul = serde_json::to_value(with_nul).unwrap();
        bench.post("/internal/recordings", &nul).await.refused(422);
        for fact in [unknown_job, unknown_content] {
            let body = serde_json::to_value(fact).unwrap();
            bench.post("/internal/recordings", &body).await.refused(404);
        }
        let mut broken = serde_json::to_value(&good).unwrap();
        broken["sha256"] = json!("../../x");
        bench
            .post("/internal/recordings", &broken)
            .await
            .refused(422);
        bench
            .post("/internal/recordings", &json!({}))
            .await
            .refused(422);
    }
}

#[tokio::test]
async fn a_removed_job_takes_facts_and_pinned_contents_with_it() {
    for bench in benches().await {
        let job = bench.new_job().await;
        bench.upload(&job, "rec", &response_wav()).await.ok();
        let told = fact(&bench, &job, "rec", 1, "mic_1").await;
        tell(&bench, &told).await;
        bench.upload(&job, "rec", &silence_wav()).await.ok();
        assert_eq!(bench.contents(), 2);
        assert_eq!(bench.delete(&format!("/v1/jobs/{job}")).await.status, 204);
        assert_eq!(bench.contents(), 0);
    }
}
