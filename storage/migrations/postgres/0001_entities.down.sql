DROP TABLE idempotency;
DROP TABLE simulation_results;
DROP TABLE simulation_jobs;
DROP TABLE analysis_outputs;
DROP TABLE measurements;
DROP TABLE participants;
DROP TABLE lobbies;
DROP TABLE devices;
