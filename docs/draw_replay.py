"""draw_replay.py RECORD.json FRAME.json: replays docs/draw-protocol.md; ends with 1 when they differ."""
import hashlib, itertools, json, struct, sys

def sha(*parts):
    return hashlib.sha256(b"".join(b"%d:%s," % (len(p.encode()), p.encode()) for p in parts))
def words(seed):  # ChaCha20: block counter of 64 bits from 0, nonce 0; words of 64 bits
    for counter in range(2**64):
        start = struct.unpack("<16I", b"expand 32-byte k" + seed + struct.pack("<QQ", counter, 0))
        s = list(start)
        for a, b, c, d in 10 * [(i, 4 + (i + j) % 4, 8 + (i + 2 * j) % 4, 12 + (i + 3 * j) % 4)
                                for j in (0, 1) for i in range(4)]:
            for x, y, z, turn in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
                s[x] = s[x] + s[y] & 0xffffffff
                s[z] = ((s[z] ^ s[x]) << turn | (s[z] ^ s[x]) >> 32 - turn) & 0xffffffff
        yield from struct.unpack("<8Q", struct.pack("<16I", *(x + y & 0xffffffff for x, y in zip(s, start))))
def below(stream, bound):
    return next(w for w in stream if w < 2**64 - 2**64 % bound) % bound
def shares(sizes, n):  # probabilities as parts of a whole, certain units first
    rest, certain = sum(sizes), set()
    for u in sorted(range(len(sizes)), key=lambda u: -sizes[u]):
        if len(certain) < n and sizes[u] * (n - len(certain)) >= rest:
            certain.add(u)
            rest -= sizes[u]
    return [rest or 1 if u in certain else size * (n - len(certain)) for u, size in enumerate(sizes)], rest or 1

def draw(design, permanent, units, n, stream):
    if design == "simple_random":
        order = list(range(len(units)))
        for i in range(n):
            j = i + below(stream, len(units) - i)
            order[i], order[j] = order[j], order[i]
        return order[:n]
    if design.startswith("permanent"):
        whole, _, decimals = permanent["start"].partition(".")
        start = (int(whole + decimals) << 64) // 10 ** len(decimals)
        hashes = (sha("suyuan-permanent-1", permanent["salt"], u["code"]).digest() for u in units)
        stream = iter([(int.from_bytes(h[:8], "little") - start) % 2**64 for h in hashes])
    parts, whole = shares([1 if design == "systematic" else u["size"] for u in units], n)
    if design.startswith("systematic"):
        at, sums = below(stream, whole), list(itertools.accumulate(parts, initial=0))
        return [u for u in range(len(units)) if at - (at - sums[u]) // whole * whole < sums[u + 1]]
    u = [next(stream) for _ in units]
    rank = list(u) if design == "permanent" else [
        -1 if p == whole else float("inf") if p == 0 else x / (1.0 - x) * (float(whole - p) / float(p))
        for p, x in zip(parts, ((2 * (w >> 12) + 1) / 2.0**53 for w in u))]
    return sorted(range(len(units)), key=lambda u: rank[u])[:n]

record, frame = (json.load(open(path, encoding="utf-8")) for path in sys.argv[1:3])
frame.sort(key=lambda u: (u["stratum"].encode(), u["code"].encode()))
fields = [(u["stratum"], u["code"], str(u["size"]), "%d %d" % tuple(u["place"]) if u["place"] else "") for u in frame]
digest = sha("suyuan-frame-1", *(text for unit in fields for text in unit)).hexdigest()
same = (record["protocol"], record["frame_digest"]) == ("suyuan-draw-1", digest)
for s in record["strata"]:
    units = [u for u in frame if u["stratum"] == s["stratum"]]
    seed = sha("suyuan-draw-1", record["published"], digest, s["stratum"]).digest()
    found = draw(record["design"], record["permanent"], units, record["quotas"][s["stratum"]], words(seed))
    codes = sorted((units[u]["code"] for u in found), key=str.encode)
    print(s["stratum"], *codes)
    same &= (codes, seed.hex()) == ([d["code"] for d in s["drawn"]], s["seed"])
sys.exit(0 if same else 1)
