"""A small sshd log of our own making: it holds what real ones hold, names and addresses are invented."""

SAMPLE = b"""\
Dec 31 23:58:01 gate sshd[101]: Server listening on 0.0.0.0 port 22.
Dec 31 23:59:58 gate sshd[102]: Invalid user oracle from 192.0.2.7
Dec 31 23:59:58 gate sshd[102]: input_userauth_request: invalid user oracle [preauth]
Dec 31 23:59:59 gate sshd[102]: Failed password for invalid user oracle from 192.0.2.7 port 40112 ssh2
Dec 31 23:59:59 gate sshd[102]: Failed password for invalid user oracle from 192.0.2.7 port 40112 ssh2
Jan  1 00:00:03 gate sshd[103]: Failed password for root from 192.0.2.8 port 40113 ssh2
Jan  1 00:00:09 gate sshd[103]: message repeated 4 times: [ Failed password for root from 192.0.2.8 port 40113 ssh2]
Jan  1 00:01:00 gate sshd[104]: Accepted publickey for wang from 2001:db8::5 port 50001 ssh2: ED25519 SHA256:abc
Jan  1 00:01:00 gate sshd[104]: pam_unix(sshd:session): session opened for user wang by (uid=0)
Jan  1 00:20:00 gate sshd[104]: pam_unix(sshd:session): session closed for user wang
Jan  1 00:21:00 gate CRON[200]: pam_unix(cron:session): session opened for user root by (uid=0)
-- MARK --
\xff\xfe not UTF-8 \xe9
"""
FAILED = 7  # attempts, the repeated ones counted
