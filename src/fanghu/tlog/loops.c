/* Loops over the entries of a bundle in one call. Digests are libcrypto's (EVP, SHA-256); this only walks over the bytes.

   `./run` compiles it (no header is needed), `loops.py` calls it and does the same in Python where it cannot be had.
   Every function keeps within the sizes it is given; what is malformed is answered by a negative number. */

typedef unsigned char byte;
typedef unsigned int u32;
typedef __SIZE_TYPE__ size;

typedef struct context context; /* EVP_MD_CTX */
typedef struct digest digest;   /* EVP_MD */

extern context *EVP_MD_CTX_new(void);
extern void EVP_MD_CTX_free(context *);
extern const digest *EVP_sha256(void);
extern int EVP_DigestInit_ex2(context *, const digest *, const void *);
extern int EVP_DigestUpdate(context *, const void *, size);
extern int EVP_DigestFinal_ex(context *, byte *, u32 *);

enum { HASH = 32, MALFORMED = -1, FAILED = -2 };

static context *sha256(void) {
    context *made = EVP_MD_CTX_new();
    if (made && !EVP_DigestInit_ex2(made, EVP_sha256(), 0)) {
        EVP_MD_CTX_free(made);
        made = 0;
    }
    return made;
}

/* SHA-256(mark || data) */
static int hashed(context *in, byte mark, const byte *data, size length, byte *out) {
    return EVP_DigestInit_ex2(in, 0, 0) && EVP_DigestUpdate(in, &mark, 1) && EVP_DigestUpdate(in, data, length)
        && EVP_DigestFinal_ex(in, out, 0);
}

/* How many entries a bundle holds (u16 length, entry; entry: u8 version 1..newest, u16 length of its head, head, rest;
   anything where `newest` is 0), and where each ends, unless `ends` is null; MALFORMED when one is otherwise. */
long fanghu_ends(const byte *bundle, size length, byte newest, u32 *ends) {
    size at = 0;
    long count = 0;
    while (at < length) {
        if (length - at < 2)
            return MALFORMED;
        size entry = (size)bundle[at] << 8 | bundle[at + 1];
        if (entry > length - at - 2)
            return MALFORMED;
        if (newest && (entry < 3 || bundle[at + 2] < 1 || bundle[at + 2] > newest
                       || ((size)bundle[at + 3] << 8 | bundle[at + 4]) + 3 > entry))
            return MALFORMED;
        at += 2 + entry;
        if (ends)
            ends[count] = (u32)at;
        count++;
    }
    return count;
}

/* The RFC 6962 leaf hash of each of at most `room` entries of a bundle, whatever they hold; how many there are. */
long fanghu_leaves(const byte *bundle, size length, byte *hashes, long room) {
    context *in = sha256();
    size at = 0;
    long count = 0;
    if (!in)
        return FAILED;
    while (at < length && count >= 0) {
        size entry = length - at < 2 ? length : (size)bundle[at] << 8 | bundle[at + 1];
        if (length - at < 2 + entry || count == room)
            count = MALFORMED;
        else if (!hashed(in, 0, bundle + at + 2, entry, hashes + HASH * count))
            count = FAILED;
        else
            count++;
        at += 2 + entry;
    }
    EVP_MD_CTX_free(in);
    return count;
}

/* The RFC 6962 root of `count` (a power of two) hashes of one level; it takes the place of the first, the rest is spoilt. */
long fanghu_fold(byte *hashes, long count) {
    context *in = sha256();
    long done = in ? 1 : FAILED;
    for (long left = count / 2; left > 0 && done > 0; left /= 2)
        for (long pair = 0; pair < left && done > 0; pair++)
            if (!hashed(in, 1, hashes + 2 * HASH * pair, 2 * HASH, hashes + HASH * pair))
                done = FAILED;
    EVP_MD_CTX_free(in);
    return done;
}

/* A bundle of `count` lines (one after another in `lines`, of `lengths`) behind a common start of at most 65,535 bytes:
   each u16 length, the start, u32 place counted on, the line. `bundle` has room for their sum; always 0. */
long fanghu_bundle(const byte *lines, const u32 *lengths, long count, const byte *start, size begin, u32 place, byte *bundle) {
    for (long i = 0; i < count; i++, place++) {
        size entry = begin + 4 + lengths[i];
        *bundle++ = (byte)(entry >> 8);
        *bundle++ = (byte)entry;
        __builtin_memcpy(bundle, start, begin);
        bundle += begin;
        for (int shift = 24; shift >= 0; shift -= 8)
            *bundle++ = (byte)(place >> shift);
        __builtin_memcpy(bundle, lines, lengths[i]);
        bundle += lengths[i];
        lines += lengths[i];
    }
    return 0;
}

enum { OPEN = 1, BEYOND_ASCII = 2, ESCAPED = 4, SHORT = 900, DEEP = 200 };

static int deep(const byte *line, size length) {
    size begun = 0;
    for (size i = 0; i < length; i++)
        begun += line[i] == '{' || line[i] == '[';
    return begun >= DEEP;
}

/* Of a bundle's entries, from byte `at` on, as many as begin with `start` and a place (u32): what follows, with a line feed
   each, into `out`, which has room for the bundle. `found`: where the next entry is, the bytes written, and what of the
   lines is so of one at least: no object in braces without many within (OPEN), BEYOND_ASCII, with a backslash (ESCAPED).
   How many. */
long fanghu_lines(const byte *bundle, size length, size at, const byte *start, size begin, byte *out, long *found) {
    long count = 0, flags = 0;
    byte *to = out;
    while (length - at >= 2) {
        size entry = (size)bundle[at] << 8 | bundle[at + 1];
        const byte *line = bundle + at + 2;
        if (entry > length - at - 2 || entry < begin + 4 || __builtin_memcmp(line, start, begin))
            break;
        line += begin + 4;
        size some = entry - begin - 4;
        if (some < 2 || line[0] != '{' || line[some - 1] != '}' || (some >= SHORT && deep(line, some)))
            flags |= OPEN;
        byte all = 0, slash = 0;
        for (size i = 0; i < some; i++) {
            all |= line[i];
            slash |= line[i] == '\\';
        }
        flags |= (all & 0x80 ? BEYOND_ASCII : 0) | (slash ? ESCAPED : 0);
        __builtin_memcpy(to, line, some);
        to += some;
        *to++ = '\n';
        at += 2 + entry;
        count++;
    }
    found[0] = (long)at;
    found[1] = to - out;
    found[2] = flags;
    return count;
}
