//! Settings: who wins, where a value came from, and what is said of mistakes.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use std::path::Path;

use chassis::config::{Config, ConfigFaults, Flags, Layer, Origin, REGISTRY};

fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
    list.iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

fn environment(list: &[(&str, &str)]) -> Layer {
    Layer::environment(pairs(list))
}

fn file(text: &str) -> Layer {
    Layer::file(Path::new("sonalyze.toml"), text)
}

fn origin_of<'a>(config: &'a Config, name: &str) -> Option<&'a Origin> {
    let mut shown = config.shown();
    shown
        .find(|(other, _)| *other == name)
        .map(|(_, shown)| &shown.origin)
}

fn dotenv(text: &str) -> Layer {
    Layer::dotenv(Path::new(".env"), text)
}

fn refused(layers: &[Layer]) -> Vec<String> {
    let ConfigFaults(faults) = Config::from_layers(layers).unwrap_err();
    faults.iter().map(ToString::to_string).collect()
}

#[test]
fn nothing_set_is_the_registry() {
    let config = Config::from_layers(&[]).unwrap();
    assert_eq!(config.max_message_bytes.get(), 65536);
    assert!((config.rate_limit_rps.per_second() - 10.0).abs() < 1e-12);
    assert_eq!(config.http_timeout_seconds.duration().as_secs(), 10);
    assert_eq!(config.port.first(), 8000);
    assert!(config.internal_auth_token.is_none());
    assert_eq!(config.shown().count(), REGISTRY.len());
    assert_eq!(origin_of(&config, "PORT"), Some(&Origin::Default));
}

#[test]
fn each_layer_wins_over_the_ones_below() {
    let own = Layer::process(&[("PORT", "1".to_owned())]);
    let all = [
        own,
        file("port = 2"),
        dotenv("PORT=3"),
        environment(&[("PORT", "4")]),
    ];
    let flags = Flags {
        port: Some("5".to_owned()),
        ..Flags::default()
    };
    let origins = [
        Origin::Process,
        Origin::File("sonalyze.toml".into()),
        Origin::DotEnv(".env".into()),
        Origin::Environment,
    ];
    for (index, origin) in origins.iter().enumerate() {
        let config = Config::from_layers(&all[..=index]).unwrap();
        assert_eq!(usize::from(config.port.first()), index + 1);
        assert_eq!(origin_of(&config, "PORT"), Some(origin));
    }
    let with_flags: Vec<Layer> = all.into_iter().chain([flags.layer()]).collect();
    let config = Config::from_layers(&with_flags).unwrap();
    assert_eq!(config.port.first(), 5);
    assert_eq!(
        origin_of(&config, "PORT"),
        Some(&Origin::Flag("--port".to_owned()))
    );
}

#[test]
fn an_empty_text_is_not_set() {
    let config = Config::from_layers(&[
        file("rate_limit_burst = 30"),
        environment(&[("RATE_LIMIT_BURST", " ")]),
    ]);
    assert_eq!(config.unwrap().rate_limit_burst.get(), 30);
    let unset = Config::from_layers(&[environment(&[
        ("RATE_LIMIT_BURST", ""),
        ("DATABASE_URL", ""),
    ])])
    .unwrap();
    assert_eq!(unset.rate_limit_burst.get(), 20);
    assert!(unset.database_url.is_none());
}

#[test]
fn limits_that_earlier_gateways_started_with_are_taken_as_they_took_them() {
    for (rps, burst, per_second, at_once) in [
        ("-1", "0", 0.0, 1),
        ("0", "20.0", 0.0, 20),
        ("2.5", "0.5", 2.5, 1),
        ("1e3", "-7", 1000.0, 1),
        ("10", "20.9", 10.0, 20),
    ] {
        let layer = environment(&[("RATE_LIMIT_RPS", rps), ("RATE_LIMIT_BURST", burst)]);
        let config = Config::from_layers(&[layer]).unwrap();
        assert!((config.rate_limit_rps.per_second() - per_second).abs() < 1e-12);
        assert_eq!(config.rate_limit_burst.get(), at_once);
    }
    for bad in ["nan", "inf", "-inf", "1000001", "many"] {
        let limits = [("RATE_LIMIT_RPS", bad), ("RATE_LIMIT_BURST", bad)];
        assert_eq!(refused(&[environment(&limits)]).len(), 2, "{bad}");
    }
}

#[test]
fn all_faults_of_all_layers_come_at_once() {
    let faults = refused(&[
        file("port = 70000\nrate_limit_rps = \"quick\"\nnonsense = 1"),
        dotenv("MAX_MESSAGE_BYTES=many\nthis is no line\n"),
        environment(&[
            ("PORT", "x"),
            ("DEVICE_LOGIN", "enrolled"),
            ("LOBBY_URL", "lobby:8000"),
        ]),
    ]);
    let expected = [
        "NONSENSE (sonalyze.toml): no setting has this name",
        "line 2 (.env): it is not of the form NAME=value",
        "LOBBY_URL (environment) is 'lobby:8000': it must be a URL such as http://lobby:8000",
        "MAX_MESSAGE_BYTES (.env) is 'many': it must be an integer from 1 to 16777216",
        "RATE_LIMIT_RPS (sonalyze.toml) is 'quick': it must be a number up to 1000000; a negative one counts as 0",
        "PORT (sonalyze.toml) is '70000': it must be a port from 0 to 65535",
        "PORT (environment) is 'x': it must be a port from 0 to 65535",
        "DEVICE_LOGIN (environment) is 'enrolled': it must be one of open",
    ];
    assert_eq!(faults.len(), expected.len(), "{faults:#?}");
    for (fault, beginning) in faults.iter().zip(expected) {
        assert!(fault.starts_with(beginning), "{fault}");
    }
}

#[test]
fn a_typing_error_in_the_environment_is_refused_with_the_name_meant() {
    for (typo, meant) in [
        ("MAX_MESAGE_BYTES", "MAX_MESSAGE_BYTES"),
        ("INTERNAL_AUTH_TOKENS", "INTERNAL_AUTH_TOKEN"),
        ("RATE_LIMIT_RSP", "RATE_LIMIT_RPS"),
        ("SONALYZE_PORT", "PORT"),
    ] {
        let faults = refused(&[environment(&[(typo, "1")])]);
        assert_eq!(faults.len(), 1, "{faults:?}");
        assert!(
            faults[0].contains(&format!("did you mean {meant}?")),
            "{faults:?}"
        );
    }
}

#[test]
fn names_of_other_programs_are_left_alone() {
    let others = [
        ("PATH", "/bin"),
        ("HOSTNAME", "x"),
        ("TERM", "x"),
        ("POSTGRES_DBS", "x"),
        ("PGHOST", "x"),
        ("PORTS", "1"),
    ];
    assert!(Config::from_layers(&[environment(&others)]).is_ok());
    assert!(
        Config::from_layers(&[dotenv(
            "COMPOSE_PROJECT_NAME=x\nDOCKER_BUILDKIT=1\nPOSTGRES_PORT=5\n"
        )])
        .is_ok()
    );
    assert_eq!(refused(&[dotenv("PATHS=/bin\nSONALYZE_X=1")]).len(), 2);
    assert_eq!(refused(&[file("compose_project_name = 'x'")]).len(), 1);
}

#[test]
fn every_known_name_may_stand_in_every_layer() {
    for variable in REGISTRY {
        let text = match variable.default {
            Some(default) => default,
            None if variable.name == "PUBLIC_URL" => "http://host",
            None if variable.name.ends_with("_PORT") => "0",
            None => "info",
        };
        assert!(
            Config::from_layers(&[environment(&[(variable.name, text)])]).is_ok(),
            "{}",
            variable.name
        );
        let line = format!("{} = '{text}'", variable.name.to_lowercase());
        assert!(Config::from_layers(&[file(&line)]).is_ok(), "{line}");
    }
}

#[test]
fn secrets_are_never_shown() {
    let secret = "hunter2";
    let config = Config::from_layers(&[environment(&[
        ("INTERNAL_AUTH_TOKEN", secret),
        ("DATABASE_URL", "postgres://u:hunter2@db/x"),
        ("POSTGRES_PASSWORD", secret),
        ("NATS_URL", "nats://hunter2@bus"),
    ])])
    .unwrap();
    assert!(!format!("{config:?}").contains(secret));
    assert!(
        !config
            .shown()
            .any(|(_, shown)| format!("{shown:?}").contains(secret))
    );
    assert_eq!(
        config.internal_auth_token.as_ref().unwrap().expose(),
        secret
    );

    let faults = refused(&[environment(&[
        ("INTERNAL_AUTH_TOKEN", "hunter2 with spaces"),
        ("DATABASE_URLS", secret),
    ])]);
    assert_eq!(faults.len(), 2);
    assert!(!faults.join("\n").contains(secret), "{faults:?}");
    assert!(
        !refused(&[dotenv("PASSWORD hunter2")])
            .join("\n")
            .contains(secret)
    );
}

#[test]
fn words_of_python_name_log_levels() {
    for (word, level) in [
        ("WARNING", "warn"),
        ("CRITICAL", "error"),
        ("debug", "debug"),
        ("Info", "info"),
    ] {
        let config = Config::from_layers(&[environment(&[("LOG_LEVEL", word)])]).unwrap();
        assert_eq!(config.log_level.as_str(), level);
    }
    assert_eq!(
        refused(&[environment(&[("LOG_LEVEL", "loud"), ("RUST_LOG", "a=b=c")])]).len(),
        2
    );
}

#[test]
fn files_are_found_and_their_absence_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let toml = folder.path().join("own.toml");
    std::fs::write(
        &toml,
        "HOST = '127.0.0.1'\ncors_origins = ['http://a', 'http://b']\nport = 1",
    )
    .unwrap();
    std::fs::write(
        folder.path().join(".env"),
        "export PORT=9\n# a remark\nSERVICE_NAME=\"the lobby\"\n",
    )
    .unwrap();
    let flags = Flags {
        config: Some(toml),
        ..Flags::default()
    };
    let config = Config::load(
        &flags,
        Vec::new(),
        folder.path(),
        &[("PORT", "2".to_owned())],
    )
    .unwrap();
    assert_eq!(
        (config.host.as_str(), config.port.first()),
        ("127.0.0.1", 9)
    );
    assert_eq!(config.cors_origins.as_slice(), ["http://a", "http://b"]);
    assert_eq!(config.service_name.as_deref(), Some("the lobby"));

    let missing = Flags {
        config: Some(folder.path().join("none.toml")),
        ..Flags::default()
    };
    let faults = Config::load(&missing, Vec::new(), folder.path(), &[]).unwrap_err();
    assert!(faults.to_string().contains("cannot be read"), "{faults}");
}

#[test]
fn a_file_says_what_it_may_hold() {
    assert!(refused(&[file("port = ")])[0].contains("cannot be read"));
    assert!(
        refused(&[file("[gateway]\nport = 1")])
            .iter()
            .any(|fault| fault.contains("list of them is allowed"))
    );
    assert!(refused(&[file("port = 1\nPORT = 2")])[0].contains("twice"));
}

#[test]
fn several_ports_are_read() {
    let config = Config::from_layers(&[environment(&[("PORT", "8000, 8003")])]).unwrap();
    assert_eq!(config.port.all().collect::<Vec<_>>(), [8000, 8003]);
    let refused = config.port.only().unwrap_err();
    assert_eq!(
        refused.to_string(),
        "PORT names 2 ports and this process listens on one: name one port"
    );
}
