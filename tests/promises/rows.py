"""The promises, row by row. Tests name the row that they hold: `@pytest.mark.promise(row="E3")`."""

from __future__ import annotations

from dataclasses import dataclass

SECTIONS = {
    "A": "Crashes",
    "B": "Power loss",
    "C": "Two runs",
    "D": "Clock",
    "E": "Network",
    "F": "Callbacks",
    "G": "Data",
    "H": "Plugins",
    "I": "Storage",
    "J": "Configuration",
    "K": "Secrets",
    "L": "People",
}


@dataclass(frozen=True, slots=True)
class Row:
    """`gap`: what of it does not hold, or no test of this project can show. `is_absent`: nothing of it is there."""

    promise: str
    gap: str = ""
    is_absent: bool = False


def absent(promise: str, why: str) -> Row:
    return Row(promise, why, is_absent=True)


ROWS: dict[str, Row] = {
    "A1": Row("A run that is killed anywhere is continued by the next one: nothing is paid twice, nothing is lost."),
    "A2": Row(
        "A write, sync or other call on a file that fails ends in an error that says so; the next run goes on.",
        "The suite makes a few calls fail; all of them in turn only by hand.",
    ),
    "A3": Row("A message is paid once, and once more for each time a person agreed to it."),
    "A4": Row(
        "A sink gets each message at least once, and no repeat shows: what cannot be repeated is looked up first.",
    ),
    "A5": Row("A file is replaced as a whole or not at all; the cells of a person stay as they are, byte for byte."),
    "A6": Row("A source that changes while it is read stops the run; what a person wrote in the output is set aside."),
    "A7": Row(
        "A text that a person changed where a message stands is not written over, unless the configuration allows it.",
        "HeyReach does not show the texts of a campaign.",
    ),
    "B1": Row(
        "What the program takes for stored is on the disk, whatever moment the power is cut at.",
        "Disks are rebuilt from what a run did; a disk that lies about its cache is not among them.",
    ),
    "B2": Row("The settings that this rests on are read back; a library that ignores them is not used."),
    "B3": absent("A ledger in PostgreSQL keeps the same promise.", "There is none: the ledger is an SQLite file."),
    "B4": Row(
        "A restored old copy of the ledger is noticed before anything is bought again, also one made during a run.",
        "Not a copy that is restored together with the `.generation` file of its time.",
    ),
    "C1": Row("One run of a sync at a time: the others leave with exit code 4.", "They do not say whose run it is."),
    "C2": Row("No lock outlives its run, not even where a child of that run lives on."),
    "C3": Row("No lock is lost because its file is opened and closed elsewhere in the process."),
    "C4": Row(
        "Where a lock fails, an attempt is still sent once: it is marked by compare-and-set.",
        "Network drives, where locks fail most, are refused unless forced, and are in no test.",
    ),
    "C5": Row("`serve` beside runs of cron loses nothing, buys nothing, and keeps no run from buying."),
    "C6": absent(
        "Runs that begin at the same minute spread themselves.",
        "They do not. The lock keeps runs of one sync apart; for others choose different minutes in the crontab.",
    ),
    "C7": Row("Each exit code means what the page on cron says."),
    "D1": Row("A clock that is put forward or back costs no money and keeps no message waiting."),
    "D2": absent(
        "A callback's signature is checked within a window of time.",
        "The API reference describes no signature. Each callback is confirmed by asking the API instead (F1).",
    ),
    "E1": Row("One attempt is one request: no layer repeats it, whatever the wire does."),
    "E2": Row("An answer that is lost leaves a doubt, never a second request; a callback settles it."),
    "E3": Row("A 429 is waited for as `Retry-After` says, in seconds or as a date, for 15 minutes at most."),
    "E4": Row(
        "After a 5xx what is free is asked for five times, with growing pauses; what is paid is never sent again."
    ),
    "E5": Row("An answer that drips ends at a deadline for the whole of it."),
    "E6": Row("An answer of more than 32 MiB, unpacked, is not kept, and takes little memory."),
    "E7": Row("Whatever stands in an answer, it is used or named in one error; half characters cost that text alone."),
    "E8": Row("No redirect is followed with a key; the error names the host that it pointed to."),
    "E9": Row("No credential of the environment takes the place of ours: not of `.netrc`, not of a cookie."),
    "E10": Row("The key travels over TLS alone, or to this machine; certificates are always verified."),
    "F1": Row("A forged callback is nothing: no row, no question for a token of nobody; a false id binds nothing."),
    "F2": Row("Callbacks may be repeated, shuffled, and late by a month."),
    "F3": Row("A callback may come before the answer to the request that it is about."),
    "F4": Row("A callback that never comes costs no message."),
    "F5": Row("Callbacks are bounded: 64 KiB, plain JSON, a known length, shallow."),
    "F6": Row(
        "A flood is answered, call by call, and harms no run.",
        "1,500 calls in the suite; 10,000 in `benchmarks/callbacks.py`, answered in 13 s with 60 MiB.",
    ),
    "F7": Row("Slow connections that take every place give way."),
    "F8": Row(
        "A callback is kept at once, also while somebody holds the ledger.",
        "50 calls within 5 s, which is no limit for each of them.",
    ),
    "G1": Row("A malformed CSV row is a record in quarantine with its line, and spills over no other."),
    "G2": Row("An encoding is never guessed: it is UTF-8, what the file's mark says, or what you named."),
    "G3": Row(
        "NUL and control characters are refused with their line, and none reaches a terminal.",
    ),
    "G4": Row(
        "Memory does not grow with the file; a cell of more than a megabyte is refused.",
        "20,000 rows in the suite; the benchmarks have a million. `lint` keeps the names of a campaign in memory.",
    ),
    "G5": Row(
        "No text of ours runs as a formula in a spreadsheet.",
        "CSV; other sinks take text as text. In a file for a tool such a text is not written, unless you say so.",
    ),
    "G6": Row("A lead that stands twice is bought once; one person under two ids is held."),
    "G7": Row("Of an answer only what was asked for is used: no other request, customer, campaign or lead."),
    "G8": Row("A sink answers for each lead; only what failed is tried again."),
    "G9": Row(
        "A text that looks wrong for its lead is held for a person before it is delivered.",
        "What a text means is not looked at.",
    ),
    "H1": Row(
        "A bad plugin stops its own sync: it may raise, exit, fork, print, or end the process.",
        "One that closes the descriptors of the process, or means harm, is not stopped.",
    ),
    "H2": Row("A plugin that hangs is named after 120 s.", "It is not ended: a second Ctrl-C does that."),
    "H3": Row("What a plugin gives is checked at the border: records, cursors, results, reasons."),
    "H4": Row(
        "A plugin is handed its own options and no other's.",
        "It runs in the same process, so one that means harm finds the rest.",
    ),
    "I1": Row("Nothing is sent without room on the disk for its answer; a full disk loses no paid id."),
    "I2": Row("A file that is no ledger, or a newer one, stops the run before anything is asked or sent."),
    "I3": Row("A ledger that somebody else holds is waited for, and no answer is lost over it."),
    "I4": Row(
        "A damaged ledger buys nothing; one line says what to do.",
        "A changed byte inside a text is not noticed.",
    ),
    "I5": Row("A ledger that is deleted or exchanged is noticed before anything is bought again."),
    "I6": Row(
        "An older ledger is backed up, and brought forward in one transaction or not at all.",
        "No run is killed in the middle of it in a test; a transaction has no middle.",
    ),
    "J1": Row("All problems of a configuration come at once, each with file, line and the nearest name."),
    "J2": Row("YAML has no traps: text stays text, a key stands once, depth and size are bounded."),
    "J3": Row("A variable that is not set is named with its line; `.env` is read beside the configuration only."),
    "J4": Row("Nothing that a lead says becomes a path.", "A symbolic link that you made is followed."),
    "J5": Row("No address of a lead is called: only hosts that the configuration names."),
    "K1": Row(
        "No secret comes out: not on a stream, not in an error, not in the ledger, in none of its forms.",
        "A plugin that writes to stderr by itself is not cleaned.",
    ),
    "K2": Row("Secrets come from the environment or `.env`.", "There is no keyring."),
    "K3": Row("No secret is an argument of a process."),
    "K4": Row("Ledger, spool, inbox, locks and copies are readable for their owner alone, whatever the umask is."),
    "L1": Row(
        "Who is on a do-not-contact list is neither bought for nor delivered to, whenever the entry comes.",
        "What was delivered before stays, except in a table.",
    ),
    "L2": Row(
        "A person who is forgotten is in no byte of any file that this program writes, copies of the ledger included.",
        "Your own rows, earlier states of your files, and messages of other leads that name the person are listed.",
    ),
    "L3": Row(
        "At the default level no log holds a name, an address or a text.", "What a plugin logs is its own affair."
    ),
    "L4": Row("A yes or a no of a person is bound to the text that was seen, and is never lost."),
}
