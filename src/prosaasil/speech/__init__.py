"""The embedded engine: a server that speaks the realtime protocol with models of its own.

Its three parts are ports with two implementations each, one of ours and one over HTTP: a
recogniser (`recogniser`), a dialogue (`dialogue`) and a synthesiser (`synthesiser`).
"""

# Our libraries load the model runtime by themselves; this tells it beforehand to report to nobody.
import prosaasil.kit.onnx  # noqa: F401
