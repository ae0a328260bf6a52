/* Bloom filters over the words of entries: one of 12,288 bits for each 256 entries, two bits for each thing that stands in them.

   What stands in a text (UTF-8): words are runs of ASCII letters (in lower case) and digits, and each sign of the table
   `signs`; everything else separates. Of a word its first 3, 4, 6, 8, 12 and 16 letters (5, 6, 8 … if it begins with a
   digit); of two that follow each other, neither beginning with a digit, the first whole with the second's first 3 to 6; of
   four numbers like an IPv4 address, the first three whole with the fourth's first 1 to 3. So whatever is asked for, as whole
   words of which the last may be cut short, is told by things that stand there. `bloom.py` calls it; `./run` compiles it. */

typedef unsigned char byte;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef __SIZE_TYPE__ size;

enum { CELL = 1536, CUT = 3, NAME = 6, LONG = 16, MORE = 1 };
enum kind { BEGIN = 1, SIGN, PAIR, FOUR };
static const u32 CUTS = 1 << 3 | 1 << 4 | 1 << 6 | 1 << 8 | 1 << 12 | 1 << LONG; /* of words */
static const u32 FROM_DIGIT = 1 << 5 | 1 << 6 | 1 << 8 | 1 << 12 | 1 << LONG;    /* of those that begin with a digit */

/* A byte of a word in lower case, 0 for what separates, MORE for the first of several bytes. */
static const byte LETTERS[256] = {
    ['0'] = '0', '1', '2', '3', '4', '5', '6', '7', '8', '9',
    ['A'] = 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm',
            'n', 'o', 'p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z',
    ['a'] = 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm',
            'n', 'o', 'p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z',
    [0xC2 ... 0xEF] = MORE,
};

struct word {
    u32 hash, begins[NAME + 1], length; /* `begins[n]`: the hash of its first n */
    byte first, number;                /* number: digits alone, three at most, none that begins with a needless 0 */
};

/* Either bits are set in `cell`, or what must be set is listed in `asked`. */
struct reader {
    const byte *signs;
    byte *cell;
    u32 *asked;
    long count, room;
    struct word words[4]; /* the last ones, the newest at `at` */
    u32 at;
};

static inline void stands(struct reader *in, enum kind kind, u32 one, u32 two) {
    u64 hash = (((u64)one << 32 | two) + kind) * 0x9E3779B97F4A7C15ull;
    hash = (hash ^ hash >> 32) * 0xC4CEB9FE1A85EC53ull;
    hash ^= hash >> 29;
    u32 here = (u32)((hash >> 32) * (8 * CELL) >> 32), there = (u32)((hash & 0xFFFFFFFF) * (8 * CELL) >> 32);
    if (in->cell) {
        in->cell[here >> 3] |= (byte)(1 << (here & 7));
        in->cell[there >> 3] |= (byte)(1 << (there & 7));
    } else if (in->count + 2 <= in->room) {
        in->asked[in->count++] = here;
        in->asked[in->count++] = there;
    }
}

static inline int digit(byte letter) { return letter >= '0' && letter <= '9'; }

/* The newest word is whole; `cut`: where it is asked for, it may go on. */
static inline void ended(struct reader *in, int cut) {
    const struct word *now = &in->words[in->at & 3], *last = &in->words[(in->at - 1) & 3];
    if (!digit(now->first)) {
        if (last->length && !digit(last->first))
            for (u32 some = CUT; some <= NAME && (some <= now->length || some == CUT); some++)
                if (some <= now->length || !cut)
                    stands(in, PAIR, last->hash, now->begins[some < now->length ? some : now->length]);
        return;
    }
    const struct word *second = &in->words[(in->at - 2) & 3], *third = &in->words[(in->at - 3) & 3];
    if (last->number && second->number && third->number)
        for (u32 some = 1; some <= CUT && some <= now->length; some++)
            stands(in, FOUR, (third->hash * 31 + second->hash) * 31 + last->hash, now->begins[some]);
}

/* The letter that several bytes are in the other case of ASCII's, or a sign (its code point); 0 for what separates. */
static u32 several(const struct reader *in, const byte *text, size left, size *taken) {
    u32 point = 0;
    *taken = 1;
    if (text[0] < 0xE0 && left > 1 && text[1] >> 6 == 2) {
        point = (u32)(text[0] & 31) << 6 | (text[1] & 63);
        *taken = 2;
    } else if (text[0] >= 0xE0 && left > 2 && text[1] >> 6 == 2 && text[2] >> 6 == 2) {
        point = (u32)(text[0] & 15) << 12 | (u32)(text[1] & 63) << 6 | (text[2] & 63);
        *taken = 3;
    }
    if (point == 0x130 || point == 0x131)
        return 'i';
    if (point == 0x17F)
        return 's';
    if (point == 0x212A)
        return 'k';
    return in->signs[point >> 3] >> (point & 7) & 1 ? point : 0;
}

static void take(struct reader *in, const byte *text, size length) {
    size at = 0, taken;
    for (int word = 0; word < 4; word++)
        in->words[word].length = in->words[word].number = 0;
    while (at < length) {
        u32 letter = LETTERS[text[at]];
        taken = 1;
        if (letter == MORE)
            letter = several(in, text + at, length - at, &taken);
        if (!letter) {
            at += taken;
            continue;
        }
        struct word *now = &in->words[++in->at & 3];
        if (letter > 0xFF) { /* a sign is a word */
            at += taken;
            now->hash = now->begins[CUT] = letter * 0x9E3779B1u;
            now->length = CUT;
            now->first = 0xFF;
            now->number = 0;
            stands(in, SIGN, letter, 0);
            ended(in, 0);
            continue;
        }
        u32 hash = 2166136261u, count = 0, cuts = digit((byte)letter) ? FROM_DIGIT : CUTS;
        now->first = (byte)letter;
        int digits = 1;
        do {
            at += taken;
            digits &= letter <= '9';
            hash = (hash ^ letter) * 16777619u; /* FNV-1a */
            if (++count <= NAME)
                now->begins[count] = hash;
            if (count <= LONG && cuts >> count & 1)
                stands(in, BEGIN, hash, count);
            if (at == length)
                break;
            letter = LETTERS[text[at]];
            taken = 1;
            if (letter == MORE)
                letter = several(in, text + at, length - at, &taken);
        } while (letter && letter <= 0xFF);
        now->hash = hash;
        now->length = count;
        now->number = digits && count <= 3 && (now->first != '0' || count == 1);
        ended(in, at == length && !in->cell);
    }
}

/* What stands in a bundle's entries (u16 length; each: a byte, u16 length of its head, the head, what is read) into the
   filters `cells` of the entries from `begin` (a multiple of 256) on; the bundle's first is entry `first`. 0; -1 when it is
   malformed or goes beyond `count` filters. `signs`: a bit for each of the first 65,536 code points. */
int fanghu_bloom_entries(const byte *signs, const byte *bundle, size length, u64 first, byte *cells, u64 begin, u64 count) {
    struct reader in = {.signs = signs};
    size at = 0;
    for (u64 index = first; at < length; index++) {
        size entry = length - at < 2 ? length : (size)bundle[at] << 8 | bundle[at + 1];
        if (entry < 3 || entry > length - at - 2 || index < begin || (index - begin) / 256 >= count)
            return -1;
        const byte *data = bundle + at + 2;
        size head = ((size)data[1] << 8 | data[2]) + 3;
        if (head > entry)
            return -1;
        in.cell = cells + (index - begin) / 256 * CELL;
        take(&in, data + head, entry - head);
        at += 2 + entry;
    }
    return 0;
}

/* The same of one text, into filter `number`. */
void fanghu_bloom_text(const byte *signs, const byte *text, size length, byte *cells, u64 number) {
    struct reader in = {.signs = signs, .cell = cells + number * CELL};
    take(&in, text, length);
}

/* Which bits are set wherever `text` is found, the last word of which may go on: at most `room`, how many. */
long fanghu_bloom_asked(const byte *signs, const byte *text, size length, u32 *asked, long room) {
    struct reader in = {.signs = signs, .asked = asked, .room = room};
    take(&in, text, length);
    return in.count;
}

/* Of `count` filters those in which every bit asked for is set: 1 each in `found`, else 0. */
void fanghu_bloom_sift(const byte *cells, u64 count, const u32 *asked, long bits, byte *found) {
    for (u64 cell = 0; cell < count; cell++, cells += CELL) {
        found[cell] = 1;
        for (long bit = 0; bit < bits && found[cell]; bit++)
            found[cell] = cells[asked[bit] >> 3] >> (asked[bit] & 7) & 1;
    }
}

/* Whether bytes may spell a word otherwise than it is read: escapes (\\u, \\x, &#), or letters that are ASCII's in the other case. */
int fanghu_bloom_odd(const byte *data, size length) {
    static const byte ODD[256] = {['\\'] = 1, ['&'] = 1, [0xC4] = 1, [0xC5] = 1, [0xE2] = 1};
    for (size at = 0; at + 1 < length; at++) {
        if (!ODD[data[at]])
            continue;
        byte next = data[at + 1];
        switch (data[at]) {
        case '\\':
            if (next == 'u' || next == 'x')
                return 1;
            break;
        case '&':
            if (next == '#')
                return 1;
            break;
        case 0xC4:
            if (next == 0xB0 || next == 0xB1)
                return 1;
            break;
        case 0xC5:
            if (next == 0xBF)
                return 1;
            break;
        default:
            if (next == 0x84 && at + 2 < length && data[at + 2] == 0xAA)
                return 1;
        }
    }
    return 0;
}
