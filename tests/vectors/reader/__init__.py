"""An independent reader of Cairn's formats, written from the byte tables in the rustdoc of the modules that own them.

It shares no code with the Rust side: another BLAKE3, another ML-KEM, libsodium for the rest, and a CBOR reader of its own.
One module per room of formats; each has `FILES`, a table from the name of a vector file to the function that reads it.
"""
