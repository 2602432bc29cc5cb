//! What a database needs: pools, one SQL text for both, migrations, instants, the outbox.
