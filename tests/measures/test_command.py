"""`python -m clinic.measures`: JSON for whoever asks rightly, a sentence and exit 2 for everybody else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from clinic.measures.__main__ import main
from clinic.measures.instrument import FOLDER
from tests.architecture.source import ROOT

Capture = pytest.CaptureFixture[str]


def _asked(capsys: Capture, *argv: str) -> Any:
    assert main(argv) == 0
    said = capsys.readouterr()
    assert said.err == ""
    return json.loads(said.out)


def _refused(capsys: Capture, *argv: str) -> str:
    assert main(argv) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "Traceback" not in said.err
    assert said.err.count("\n") == 1
    return said.err.strip()


def _score(capsys: Capture, measure: str, answers: str) -> Any:
    return _asked(capsys, "score", "--measure", measure, "--answers", answers)


def test_a_score_comes_with_its_band_its_limits_and_their_sources(capsys: Capture) -> None:
    said = _score(capsys, "phq-9", "2,2,1,1,1,1,1,1,0")
    assert (said["total"], said["band"], said["complete"], said["answered"]) == (10, "moderate", True, 9)
    assert said["risk"] is False
    assert said["risk_items"] == []
    assert said["subscales"]["phq-2"]["total"] == 4
    assert said["subscales"]["phq-8"]["total"] == 10
    assert said["band_source"]
    assert [(cut["of"], cut["needs"], cut["met"]) for cut in said["cut_offs"]] == [
        ("phq-9", "10 or more", True),
        ("phq-9", "10 or more", True),
        ("phq-9", "4 or less", False),
        ("phq-2", "3 or more", True),
        ("phq-8", "10 or more", True),
    ]
    assert all(cut["source"] and cut["meaning"] for cut in said["cut_offs"])


@pytest.mark.parametrize("answers", ["-,2,1,1,1,1,1,1,1", ",2,1,1,1,1,1,1,1", " - ,2,1,1,1,1,1,1,1"])
def test_an_unanswered_question_leaves_no_total_and_the_risk_is_still_seen(
    capsys: Capture, answers: str
) -> None:
    said = _score(capsys, "phq-9", answers)
    assert (said["complete"], said["answered"], said["total"], said["band"]) == (False, 8, None, None)
    assert (said["risk"], said["risk_items"]) == (True, [9])
    assert said["subscales"]["phq-8"]["total"] is None
    assert said["cut_offs"] == []


def test_the_difficulty_question_may_come_last_and_is_not_counted(capsys: Capture) -> None:
    assert _score(capsys, "phq-9", "1,1,1,1,1,1,1,1,1,3")["total"] == 9
    assert _score(capsys, "phq-8", "1,1,1,1,1,1,1,1,3")["total"] == 8


@pytest.mark.parametrize(
    ("measure", "answers", "total"),
    [
        ("pc-ptsd-5", "1,1,1,1,0", 4),
        ("pc-ptsd-5", "1,1,1,1,1,0", 4),
        ("pc-ptsd-5", "0", 0),
        ("pc-ptsd-5", "0,1,1,1,1,1", 0),
        ("pc-ptsd-5", "-,1,1,1,1,1", None),
        ("audit-c", "0", 0),
        ("audit-c", "0,4,4", 0),
        ("audit-c", "1,0,0", 1),
        ("gad-7", "1,1,1,1,1,1,2", 8),
        ("pswq", ",".join("1" * 16), 36),
        ("ons4", "5,5,5,6", None),
    ],
)
def test_questions_that_are_not_asked_need_no_answer(
    capsys: Capture, measure: str, answers: str, total: int | None
) -> None:
    assert _score(capsys, measure, answers)["total"] == total


def test_clusters_the_rule_and_the_question_to_look_at(capsys: Capture) -> None:
    said = _score(capsys, "pcl-5", "2,0,0,0,0,2,0,2,2,0,0,0,0,0,2,1,2,0,0,0")
    assert {name: part["total"] for name, part in said["subscales"].items()} == {
        "b": 2,
        "c": 2,
        "d": 4,
        "e": 5,
    }
    (rule,) = [cut for cut in said["cut_offs"] if cut["of"] == "dsm-5"]
    assert (rule["meaning"], rule["met"]) == ("meets the provisional rule", True)
    assert [look["item"] for look in said["review"]] == [16]
    assert said["risk"] is False


def test_without_a_total_each_item_has_its_word(capsys: Capture) -> None:
    said = _score(capsys, "ons4", "5,7,9,6")
    assert [item["band"] for item in said["items"]] == ["medium", "high", "very high", "high"]


@pytest.mark.parametrize(
    ("measure", "answers", "words"),
    [
        ("phq-9", "1,2", "end before question 3"),
        ("phq-9", "", "end before question 2"),
        ("phq-9", ",".join("1" * 11), "10 questions, and these are 11 answers"),
        ("gad-7", ",".join("1" * 8), "7 questions, and these are 8 answers"),
        ("phq-9", "1,2,x,0,0,0,0,0,0", "Question 3 of PHQ-9 is one of 0, 1, 2, 3, and not 'x'"),
        ("phq-9", "1,2,4,0,0,0,0,0,0", "Question 3 of PHQ-9"),
        ("phq-9", "1,2,-1,0,0,0,0,0,0", "Question 3 of PHQ-9"),
        ("phq-9", "-1,2,1,0,0,0,0,0,0", "Question 1 of PHQ-9"),
        ("phq-9", "1,2,1.0,0,0,0,0,0,0", "Question 3 of PHQ-9"),
        ("phq-9", "1,2,true,0,0,0,0,0,0", "Question 3 of PHQ-9"),
        ("phq-9", f"{'9' * 9000},2,1,0,0,0,0,0,0", "Question 1 of PHQ-9"),
        ("phq-9", "1,1,1,1,1,1,1,1,1,4", "The difficulty question of PHQ-9"),
        ("pc-ptsd-5", "2,1,1,1,1,1", "The question before the first of PC-PTSD-5"),
        ("pc-ptsd-5", "1", "end before question 2"),
        ("audit-c", "1", "end before question 2"),
        ("audit-c", "-", "end before question 2"),
        ("who-5", "1", "There is no measure 'who-5'"),
    ],
)
def test_answers_that_do_not_fit_are_refused_by_question(
    capsys: Capture, measure: str, answers: str, words: str
) -> None:
    assert words in _refused(capsys, "score", "--measure", measure, "--answers", answers)


def test_a_change_is_told_with_its_threshold_and_its_sentence(capsys: Capture) -> None:
    said = _asked(capsys, "change", "--measure", "phq-9", "--first", "16", "--last", "9")
    assert (said["points"], said["direction"], said["reliable"]) == (-7, "better", True)
    assert (said["threshold"]["points"], said["threshold"]["name"]) == (6, "NHS Talking Therapies")
    assert said["threshold"]["source"]
    assert [one["way"] for one in said["crossed"]] == ["down", "down"]
    assert said["sentence"].endswith("(6). Now below the case cut-off (10).")


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["change", "--measure", "phq-9", "--first", "28", "--last", "9"], "from 0 to 27"),
        (["change", "--measure", "phq-9", "--first", "-1", "--last", "9"], "from 0 to 27"),
        (["change", "--measure", "pswq", "--first", "15", "--last", "20"], "from 16 to 80"),
        (["change", "--measure", "phq-9", "--first", "1.5", "--last", "9"], "'1.5' is not a whole number"),
        (["change", "--measure", "ons4", "--first", "1", "--last", "2"], "read one by one"),
        (["change", "--measure", "nope", "--first", "1", "--last", "2"], "There is no measure"),
        (["nhs", "--phq9", "28,1", "--gad7", "1,1"], "from 0 to 27"),
        (["nhs", "--phq9", "-1,1", "--gad7", "1,1"], "from 0 to 27"),
        (["nhs", "--phq9", "1", "--gad7", "1,1"], "two totals with a comma between"),
        (["nhs", "--phq9", "1,x", "--gad7", "1,1"], "not a whole number"),
        (["nhs", "--phq9", "1,1"], "required: --gad7"),
        (["score", "--measure", "phq-9"], "required: --answers"),
        (["dance"], "invalid choice"),
        ([], "required: COMMAND"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(capsys: Capture, argv: list[str], words: str) -> None:
    assert words in _refused(capsys, *argv)


def test_the_nhs_outcomes_are_told(capsys: Capture) -> None:
    said = _asked(capsys, "nhs", "--phq9", "16,9", "--gad7", "14,7")
    assert {name: value for name, value in said.items() if isinstance(value, bool)} == {
        "caseness": True,
        "recovery": True,
        "reliable_improvement": True,
        "reliable_deterioration": False,
        "reliable_recovery": True,
    }
    assert "NCT05134103" in said["source"]


def _csv(tmp_path: Path, text: str) -> list[str]:
    path = tmp_path / "cases.csv"
    path.write_bytes(text.encode("utf-8-sig"))
    return [
        "jacobson-truax",
        "--csv",
        str(path),
        "--pre",
        "before",
        "--post",
        "after",
        "--reliability",
        "0.8",
    ]


GROUP = "id,before,after\n1,20,4\n2,22,12\n3,18,\n4,16,17\n\n5,14,26\n"


def test_a_group_is_counted_case_by_case_and_empty_cells_are_left_out(
    tmp_path: Path, capsys: Capture
) -> None:
    said = _asked(capsys, *_csv(tmp_path, GROUP), "--cutoff", "10")
    counts = [said[name] for name in ("recovered", "improved", "unchanged", "deteriorated")]
    assert counts == [1, 1, 1, 1]
    assert [(case["row"], case["outcome"]) for case in said["cases"]] == [
        (2, "recovered"),
        (3, "improved"),
        (5, "unchanged"),
        (7, "deteriorated"),
    ]
    assert (said["left_out"], said["left_out_rows"]) == (1, [4])
    assert (said["cut_off"], said["cut_off_kind"]) == (10, "given")
    assert said["critical_change"] == pytest.approx(1.96 * 2**0.5 * said["sd_pre"] * 0.2**0.5)
    assert said["source"]


def test_the_cut_off_follows_from_the_functional_group_or_from_the_cases(
    tmp_path: Path, capsys: Capture
) -> None:
    alone = _asked(capsys, *_csv(tmp_path, GROUP))
    assert alone["cut_off_kind"] == "a"
    assert alone["cut_off"] == pytest.approx(alone["mean_pre"] - 2 * alone["sd_pre"])
    upwards = _asked(capsys, *_csv(tmp_path, GROUP), "--higher-is-better")
    assert upwards["cut_off"] == pytest.approx(upwards["mean_pre"] + 2 * upwards["sd_pre"])
    beside = _asked(capsys, *_csv(tmp_path, GROUP), "--functional-mean", "4", "--functional-sd", "3")
    assert beside["cut_off_kind"] == "c"
    assert beside["cut_off"] == beside["cut_c"]


@pytest.mark.parametrize(
    ("text", "more", "words"),
    [
        ("id,before\n1,2\n", [], "no column 'after'. It has: id, before"),
        ("", [], "no column 'before'. It has: none"),
        ("before,before,after\n1,2,3\n", [], "more than one column 'before'"),
        ("before,after\n1,x\n2,3\n", [], "Line 2, column 'after': 'x' is not a number"),
        ("before,after\n1,2\nnan,3\n", [], "Line 3, column 'before': 'nan' is not a number"),
        ("before,after\n1,2\n3,inf\n", [], "'inf' is not a number"),
        ("before,after\n1_0,2\n3,1\n", [], "'1_0' is not a number"),
        ("before,after\n1,2\n", [], "Two or more cases"),
        ("before,after\n1,2\n,3\n4,\n", [], "Two or more cases"),
        ("before,after\n5,2\n5,3\n", [], "no spread"),
        (GROUP, ["--functional-mean", "4"], "both or neither"),
        (GROUP, ["--functional-mean", "4", "--functional-sd", "0"], "above 0"),
        (GROUP, ["--functional-mean", "4", "--functional-sd", "1", "--cutoff", "3"], "not both"),
        (GROUP, ["--reliability", "1"], "reliability of 1"),
        (GROUP, ["--reliability", "1.01"], "between 0 and 1"),
        (GROUP, ["--reliability", "-0.5"], "between 0 and 1"),
        (GROUP, ["--reliability", "nan"], "not nan"),
        (GROUP, ["--reliability", "high"], "invalid float value"),
        (GROUP, ["--pre", "id_before"], "no column 'id_before'"),
    ],
)
def test_a_file_that_tells_nothing_is_refused_in_a_sentence(
    tmp_path: Path, capsys: Capture, text: str, more: list[str], words: str
) -> None:
    assert words in _refused(capsys, *_csv(tmp_path, text), *more)


def test_a_file_that_is_none_is_refused_in_a_sentence(tmp_path: Path, capsys: Capture) -> None:
    argv = ["jacobson-truax", "--pre", "a", "--post", "b", "--reliability", "0.8", "--csv"]
    assert "cannot be read" in _refused(capsys, *argv, str(tmp_path / "none.csv"))
    assert "cannot be read" in _refused(capsys, *argv, str(tmp_path))
    (tmp_path / "photo.csv").write_bytes(b"\xff\xd8\xff\xe0")
    assert "not a CSV file in UTF-8" in _refused(capsys, *argv, str(tmp_path / "photo.csv"))


def test_check_says_which_files_are_right_and_which_are_not(tmp_path: Path, capsys: Capture) -> None:
    assert main(["check"]) == 0
    assert "phq-9.toml: OK\n" in capsys.readouterr().out
    assert main(["check", str(FOLDER / "phq-9.toml")]) == 0
    capsys.readouterr()
    words = (FOLDER / "pswq.toml").read_text(encoding="utf-8")
    (tmp_path / "ours.toml").write_text(words.replace('id = "pswq"', 'id = "ours"'), encoding="utf-8")
    (tmp_path / "pswq.toml").write_text(words, encoding="utf-8")
    assert main(["check", str(tmp_path / "ours.toml"), str(tmp_path / "pswq.toml")]) == 2
    said = capsys.readouterr()
    assert said.out == "ours.toml: OK\n"
    assert said.err.startswith("pswq.toml, line ")
    assert "taken by a measure that ships" in said.err


def test_list_says_what_there_is(capsys: Capture) -> None:
    said = {one["id"]: one for one in _asked(capsys, "list")}
    assert said["phq-9"]["questions"] == 9
    assert said["ons4"]["highest"] is None
    assert all(one["ships"] for one in said.values())


def _run(*argv: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """As somebody at a terminal runs it: no database, no keys."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("QUIET_ROOM")}
    kept.pop("DATABASE_URL", None)
    return subprocess.run(
        [sys.executable, "-m", "clinic.measures", *argv],
        cwd=ROOT,
        env=kept | environment,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def test_it_runs_without_a_database_and_in_any_encoding() -> None:
    done = _run(
        "score",
        "--measure",
        "gad-7",
        "--answers",
        "-,1,1,1,1,1,2",
        DATABASE_URL="postgresql://nobody@nowhere.invalid/none",
        QUIET_ROOM_VAR="/nonexistent",
        PYTHONIOENCODING="ascii",
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "Löwe" in done.stdout
    assert json.loads(done.stdout)["answered"] == 6


def test_a_wrong_command_exits_with_2_and_one_sentence() -> None:
    done = _run("score", "--measure", "phq-9", "--answers", "1,2,9")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "Question 3 of PHQ-9 is one of 0, 1, 2, 3, and not '9'.\n"


def test_a_malformed_file_of_the_clinic_is_told_by_check(tmp_path: Path) -> None:
    (tmp_path / "ours.toml").write_text("id = 1\n", encoding="utf-8")
    done = _run("check", QUIET_ROOM_MEASURES=str(tmp_path))
    assert done.returncode == 2
    assert "ours.toml, line 1: id" in done.stderr
    assert "phq-9.toml: OK" in done.stdout
