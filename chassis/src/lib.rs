//! What a process needs: configuration, telemetry, problems, the service client, the carrier of pushes, blobs.
