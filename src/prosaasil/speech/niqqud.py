"""Vowel points for Hebrew text: the Nakdimon model.

Only the model's file is read, which is under the MIT licence; the package it comes in is under the
GPL and is never imported.
"""

from typing import Final

import numpy as np

from prosaasil.kit.onnx.runtime import onnx_session, package_folder

_LETTERS: Final = [chr(code) for code in range(0x05D0, 0x05EB)]
# The model's alphabet, in the order of its ids from 1: H stands for a Yiddish digraph, O for any
# other character, 5 for any digit.
_ALPHABET: Final = ["H", "O", "5", " ", *"!\"'(),-.:;?", *_LETTERS]
_ID_OF: Final = {character: index for index, character in enumerate(_ALPHABET, start=1)}
# The classes of its three heads: 0 and 1 stand for nothing.
_VOWELS: Final = ["", "", *(chr(code) for code in range(0x05B0, 0x05BD)), "\u05b7"]
_DAGESH: Final = ["", "", "\u05bc"]
_SHIN: Final = ["", "", "\u05c1", "\u05c2"]
_FINAL_FORMS: Final = str.maketrans("ךםןףץ", "כמנפצ")
_SAME_AS: Final = {
    **dict.fromkeys("\n\t", " "),
    **dict.fromkeys("־‒–—―−", "-"),
    **dict.fromkeys("´‘’׳", "'"),
    **dict.fromkeys("“”״", '"'),
    "[": "(",
    "]": ")",
    "…": ",",
}
_TAKES_DAGESH: Final = frozenset("בגדהוזטיכלמנספצקשתךף")
_TAKES_VOWEL: Final = frozenset("אבגדהוזחטיכלמנסעפצקרשתךן")


class Pointer:
    """Adds the points that say how a Hebrew word sounds."""

    def __init__(self) -> None:
        self._session = onnx_session(package_folder("piper") / "hebrew" / "nakdimon.onnx")
        self._input = self._session.get_inputs()[0].name

    def pointed(self, text: str) -> str:
        if not text:
            return text
        ids = np.array([[_id(character) for character in text]], dtype=np.float32)
        heads = self._session.run(None, {self._input: ids})
        vowels, dagesh, shin = (np.argmax(head[0], axis=-1) for head in heads)
        return "".join(
            character
            + (_DAGESH[dagesh[i]] if character in _TAKES_DAGESH else "")
            + (_SHIN[shin[i]] if character == "ש" else "")
            + (_VOWELS[vowels[i]] if character in _TAKES_VOWEL else "")
            for i, character in enumerate(text)
        )


def _id(character: str) -> int:
    character = character.translate(_FINAL_FORMS)
    character = _SAME_AS.get(character, character)
    if character.isdigit():
        character = "5"
    return _ID_OF.get(character, _ID_OF["O"])
