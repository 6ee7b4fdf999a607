"""Types of files by their bytes: real ones are accepted, look-alikes rejected."""

import io
from itertools import permutations
from zipfile import ZipFile

import pytest

from lambdas.files.formats import FORMATS, mismatch
from tests.support.uploads import SAMPLES, png


def found(media_type, data):
    return mismatch(media_type, data[:1024], data[-66_000:], len(data))


def test_every_type_has_a_sample():
    assert SAMPLES.keys() == FORMATS.keys()


@pytest.mark.parametrize("media_type", FORMATS)
def test_a_file_of_the_type_is_accepted(media_type):
    assert found(media_type, SAMPLES[media_type](1)) is None


@pytest.mark.parametrize(
    ("media_type", "other"),
    [pair for pair in permutations(FORMATS, 2) if pair != ("video/mp4", "image/avif")],  # of one container format
)
def test_a_file_of_another_type_is_rejected(media_type, other):
    assert found(media_type, SAMPLES[other](1)) is not None


@pytest.mark.parametrize("media_type", FORMATS)
@pytest.mark.parametrize("data", [b"", b"<svg/>", b"<html>", b"\x00", b"#!/bin/sh\n"])
def test_bytes_of_no_known_type_are_rejected(media_type, data):
    assert found(media_type, data) is not None


@pytest.mark.parametrize("active", [b"<script>", b"<SVG ", b"<!DOCTYPE html>", b"<?php", b"%PDF-1.4"])
def test_an_image_that_is_a_document_too_is_rejected(active):
    assert found("image/gif", b"GIF89a" + active + bytes(20) + b";") == "it is an HTML, XML, PDF or executable file too"


def test_a_pdf_begins_once():
    assert found("application/pdf", b"%PDF-1.7%PDF-1.4" + bytes(20)) == "it is an HTML, XML, PDF or executable file too"


@pytest.mark.parametrize("program", [b"MZ", b"#!"])
def test_a_video_that_begins_as_a_program_is_rejected(program):
    assert found("video/mp4", program + SAMPLES["video/mp4"](1)[2:]) == "it is an HTML, XML, PDF or executable file too"


def test_an_image_with_an_archive_behind_it_is_rejected_even_if_its_comment_ends_as_the_image_does():
    archive = b"PK\x03\x04" + bytes(40) + b"PK\x05\x06" + bytes(16) + b"\x0c\x00"

    assert found("image/png", png() + archive + png()[-12:]) == "it is a ZIP archive too"


@pytest.mark.parametrize("files", [1, 2_000])  # the directory of many begins before what is kept of the end
@pytest.mark.parametrize("comment", [b"", b"a comment"])
@pytest.mark.parametrize("media_type", FORMATS)
def test_a_file_that_readers_of_archives_can_open_is_not_accepted(media_type, comment, files):
    archive, sample = io.BytesIO(), SAMPLES[media_type](1)
    with ZipFile(archive, "w") as packed:
        packed.comment = comment
        for number in range(files):
            packed.writestr(f"{number}.class", b"code")
    data = sample[:-12] + archive.getvalue() + sample[-12:]
    if media_type == "image/webp":
        data = data[:4] + (len(data) - 8).to_bytes(4, "little") + data[8:]

    assert len(ZipFile(io.BytesIO(data)).namelist()) == files
    assert found(media_type, data) == "it is a ZIP archive too"


def test_four_bytes_that_happen_to_be_those_of_an_archive_do_not_make_one():
    data = png()

    assert found("image/png", data[:-12] + b"PK\x05\x06" + bytes(200) + data[-12:]) is None


def test_a_webp_longer_than_its_header_says_is_rejected():
    assert found("image/webp", SAMPLES["image/webp"](1) + b"more") is not None
