"""What therapists say of themselves, their photo, and who reads it."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO

import pytest
from PIL import Image
from sqlalchemy import func, select, update

import db
from clinic.documents.pictures import MOST_BYTES, SIDE, made_anew
from clinic.errors import InvalidInput, NotFound
from clinic.people.viewer import Viewer
from clinic.scheduling.catalog import BookableBy, TypeDraft, add_type, end_type, save_rules, session_types
from clinic.scheduling.profiles import (
    Profile,
    keep_photo,
    own_profile,
    photo,
    public_photo,
    read_listed,
    remove_photo,
    save_profile,
)
from clinic.scheduling.rules import Rules
from db.tables import TherapistOffers, TherapistProfile
from tests.databases import Database
from tests.factories import NOW, make_administrator, make_client, make_clinic, make_therapist, picture

WHOLE = Profile(
    about="I listen first.",
    helps_with=("Worry", "Low mood"),
    approaches=("CBT",),
    languages=("English", "Polish"),
    sees=("Adults",),
    licensed_in=("Scotland",),
    fee="£60, or less: ask.",
    listed=True,
    notice_minutes=120,
    horizon_days=None,
    daily_limit=5,
)


@pytest.fixture
def dana(database: Database) -> Viewer:
    make_clinic()
    return make_therapist("Dana Okafor")


def _save(viewer: Viewer, profile: Profile = WHOLE) -> None:
    save_profile(viewer, profile, own_profile(viewer).offers, NOW)


def _listed() -> list[str]:
    with db.reading() as session:
        return [one.name for one in read_listed(session)]


def test_a_profile_is_empty_until_it_is_written_and_reads_back_as_written(dana: Viewer) -> None:
    assert own_profile(dana).profile == Profile()
    assert _listed() == []
    _save(dana, replace(WHOLE, helps_with=(" Worry", "", "Low mood ", "Worry")))
    assert own_profile(dana).profile == WHOLE
    assert _listed() == ["Dana Okafor"]
    _save(dana, replace(WHOLE, listed=False))
    assert _listed() == []


def test_only_therapists_have_a_profile(dana: Viewer) -> None:
    for who in (make_client("Sam"), make_administrator()):
        with pytest.raises(NotFound):
            save_profile(who, WHOLE, frozenset(), NOW)
        with pytest.raises(NotFound):
            keep_photo(who, picture("PNG"), NOW)
    _save(dana)
    assert _listed() == ["Dana Okafor"]


@pytest.mark.parametrize(
    ("profile", "field"),
    [
        (replace(WHOLE, about="x" * 2001), "about"),
        (replace(WHOLE, about="a\x00b"), "about"),
        (replace(WHOLE, fee="x" * 501), "fee"),
        (replace(WHOLE, approaches=("x" * 61,)), "approaches"),
        (replace(WHOLE, approaches=("a\x00",)), "approaches"),
        (replace(WHOLE, sees=tuple(str(n) for n in range(21))), "sees"),
        (replace(WHOLE, helps_with=()), "helps_with"),
        (replace(WHOLE, languages=(" ",)), "languages"),
        (replace(WHOLE, licensed_in=()), "licensed_in"),
        (replace(WHOLE, notice_minutes=-1), "notice_minutes"),
        (replace(WHOLE, horizon_days=0), "horizon_days"),
        (replace(WHOLE, daily_limit=51), "daily_limit"),
    ],
)
def test_a_profile_that_cannot_be_kept_is_said(dana: Viewer, profile: Profile, field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        _save(dana, profile)
    assert list(caught.value.fields) == [field]
    assert own_profile(dana).profile == Profile()


def test_one_who_is_not_listed_may_leave_everything_empty(dana: Viewer) -> None:
    _save(dana, Profile())
    assert own_profile(dana).profile == Profile()


def test_offering_all_includes_a_type_that_is_added_later(dana: Viewer) -> None:
    ada = make_administrator()
    _save(dana)
    add_type(ada, TypeDraft("Phone", 25), NOW)
    assert len(own_profile(dana).offers) == 2
    only = frozenset({session_types(ada)[1].public_id})
    save_profile(dana, WHOLE, only, NOW)
    add_type(ada, TypeDraft("Third", 25), NOW)
    assert own_profile(dana).offers == only
    with db.reading() as session:
        assert session.scalars(select(func.count()).select_from(TherapistOffers)).one() == 1
        assert [kind.name for kind in read_listed(session)[0].types] == ["Phone"]


def test_what_is_not_offered_here_cannot_be_chosen(dana: Viewer) -> None:
    ada = make_administrator()
    add_type(ada, TypeDraft("Phone", 25), NOW)
    ended = session_types(ada)[1].public_id
    end_type(ada, ended, NOW)
    for offers in (frozenset({ended}), frozenset({"nothing"})):
        with pytest.raises(NotFound):
            save_profile(dana, WHOLE, offers, NOW)
    with pytest.raises(InvalidInput):
        save_profile(dana, WHOLE, frozenset(), NOW)
    assert own_profile(dana).profile == Profile()
    _save(dana)


def test_types_that_only_staff_arrange_are_not_shown_to_people_who_look(dana: Viewer) -> None:
    add_type(make_administrator(), TypeDraft("Review", 25, bookable_by=BookableBy.STAFF), NOW)
    _save(dana)
    with db.reading() as session:
        assert [kind.name for kind in read_listed(session)[0].types] == ["Video session"]


def test_a_photo_is_made_anew_without_what_came_with_the_file(dana: Viewer) -> None:
    assert b"Secret camera" in picture("JPEG", exif=True)
    keep_photo(dana, picture("JPEG", exif=True), NOW)
    kept = photo(dana, dana.public_id)
    assert b"Secret camera" not in kept
    with Image.open(BytesIO(kept)) as made:
        assert made.format == "JPEG"
        assert not made.getexif()
        assert made.size == (320, SIDE)  # stands upright, and fits
    keep_photo(dana, picture("PNG"), NOW)
    assert photo(dana, dana.public_id) != kept


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not a picture",
        b"\xff\xd8\xff\xe0 cut off",
        picture("PNG")[:200],
        picture("JPEG")[:600],
        picture("GIF"),
        picture("BMP", (20, 20)),
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"\x89PNG\r\n\x1a\n" + b"\0" * MOST_BYTES,
        picture("PNG", (8000, 6000), mode="1"),  # 48 million pixels in a few kB
    ],
    ids=["empty", "text", "jpeg head", "cut png", "cut jpeg", "gif", "bmp", "svg", "large", "bomb"],
)
def test_a_file_that_is_no_photo_is_refused_and_the_one_before_stays(dana: Viewer, content: bytes) -> None:
    keep_photo(dana, picture("PNG"), NOW)
    before = photo(dana, dana.public_id)
    with pytest.raises(InvalidInput) as caught:
        keep_photo(dana, content, NOW)
    assert list(caught.value.fields) == ["photo"]
    assert photo(dana, dana.public_id) == before


def test_a_picture_with_holes_gets_a_white_ground() -> None:
    out = BytesIO()
    Image.new("RGBA", (10, 10), (0, 0, 0, 0)).save(out, "PNG")
    with Image.open(BytesIO(made_anew(out.getvalue()))) as made:
        assert made.getpixel((5, 5)) == (255, 255, 255)


def test_a_photo_is_seen_by_people_here_once_its_therapist_is_listed(dana: Viewer) -> None:
    sam = make_client("Sam")
    keep_photo(dana, picture("PNG"), NOW)
    for who in (sam, make_therapist("Per"), make_administrator()):
        with pytest.raises(NotFound):
            photo(who, dana.public_id)
    assert photo(dana, dana.public_id)
    _save(dana)
    assert photo(sam, dana.public_id)
    remove_photo(dana, NOW)
    remove_photo(dana, NOW)
    with pytest.raises(NotFound):
        photo(sam, dana.public_id)


def test_a_photo_is_public_only_where_newcomers_may_choose_a_time(dana: Viewer) -> None:
    _save(dana)
    keep_photo(dana, picture("PNG"), NOW)
    with pytest.raises(NotFound):
        public_photo(dana.public_id)
    save_rules(make_administrator(), Rules(first_contact=True), NOW)
    assert public_photo(dana.public_id)
    for other in ("nobody", make_client("Sam").public_id):
        with pytest.raises(NotFound):
            public_photo(other)
    with db.unit_of_work() as session:
        session.execute(update(TherapistProfile).values(listed=False))
    with pytest.raises(NotFound):
        public_photo(dana.public_id)
