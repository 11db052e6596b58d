"""The floor of a load run, in a process of its own."""

from prosaasil.rig.relay import Relay

from .child import Answer, Facts, be_child


async def main(facts: Facts) -> tuple[Facts, Answer]:
    relay = Relay(facts["engine_url"])
    await relay.start()

    async def answer(question: str, _: Facts) -> Facts:
        return {"asked": question}

    url = f"ws://127.0.0.1:{relay.port}/media"
    return {"url": url, "signed_url": url}, answer


if __name__ == "__main__":
    be_child(main)
