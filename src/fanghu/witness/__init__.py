"""An outside witness of the log (C2SP tlog-witness) and RFC 3161 time stamps: plain library and server; no Django."""
