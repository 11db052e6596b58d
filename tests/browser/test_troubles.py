"""What can go wrong, and what the page then says: what it is, and what to do about it."""

import re

import pytest
from playwright.sync_api import Route

from .product import Product
from .visitor import ALLOW, DEVICE, Browsers, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


def test_a_refused_microphone_says_how_to_allow_it(browsers: Browsers) -> None:
    with browsers.visitor(flags=(DEVICE, "--deny-permission-prompts")) as visitor:
        visitor.call()
        assert problem(visitor) == "microphone-refused"
        assert "address bar" in visitor.see("problem").inner_text()
        visitor.picture("en-wide-microphone-refused")
        visitor.page.get_by_text("עברית").click()
        assert "שורת הכתובת" in visitor.see("problem").inner_text()
        visitor.picture("he-wide-microphone-refused")
        assert visitor.see("call").is_visible()


def test_an_absent_microphone_is_asked_for(browsers: Browsers) -> None:
    with browsers.visitor(flags=(ALLOW,)) as visitor:
        visitor.call()
        assert problem(visitor) == "microphone-absent"


def test_a_busy_microphone_names_the_other_program(browsers: Browsers) -> None:
    with browsers.visitor() as visitor:
        visitor.page.evaluate(
            "() => { navigator.mediaDevices.getUserMedia = () =>"
            " Promise.reject(new DOMException('in use', 'NotReadableError')); }"
        )
        visitor.call()
        assert problem(visitor) == "microphone-busy"


def test_a_page_that_is_not_secure_says_so(browsers: Browsers, product: Product) -> None:
    elsewhere = "http://clinic.example:" + product.url.rsplit(":", 1)[1]
    mapped = "--host-resolver-rules=MAP clinic.example 127.0.0.1"
    with browsers.visitor(flags=(ALLOW, DEVICE, mapped), signed_in=False) as visitor:
        visitor.open(elsewhere).sign_in().call()
        assert problem(visitor) == "insecure-page"
        assert "https" in visitor.see("problem").inner_text()


def test_a_lost_connection_is_told_and_one_can_call_again(
    browsers: Browsers, product: Product
) -> None:
    with browsers.visitor() as visitor:
        visitor.call().wait_for_phase("talking").wait_until_agent(speaks=True)
        product.kill_voice_worker()
        assert problem(visitor) == "connection-lost"
        assert visitor.page.get_by_test_id("duration").is_visible()
        visitor.picture("en-wide-connection-lost")

        product.wait_for_worker(2)
        visitor.see("call").click()
        visitor.wait_for_phase("talking").hang_up()


def test_without_a_network_there_is_no_call(browsers: Browsers) -> None:
    with browsers.visitor() as visitor:
        visitor.page.context.set_offline(True)
        visitor.call()
        assert problem(visitor) == "server-down"
        visitor.page.context.set_offline(False)
        visitor.see("call").click()
        visitor.wait_for_phase("talking").hang_up()


def test_a_network_that_goes_is_told_at_once(browsers: Browsers) -> None:
    with browsers.visitor() as visitor:
        visitor.call().wait_for_phase("talking")
        visitor.page.context.set_offline(True)
        visitor.page.get_by_role("alert").get_by_text("No network").wait_for()
        assert problem(visitor) == "connection-lost"


def test_what_the_server_says_of_a_refused_call_is_shown(browsers: Browsers) -> None:
    with browsers.visitor() as visitor:
        for status, expected in ((503, "agent-unavailable"), (429, "call-refused")):
            answer_calls(visitor, status)
            visitor.call()
            assert problem(visitor) == expected
            assert visitor.page.get_by_text("As many calls as we can carry.").is_visible()


def test_a_ticket_that_is_refused_is_no_call(browsers: Browsers) -> None:
    def with_a_wrong_ticket(route: Route) -> None:
        offer = route.fetch().json()
        route.fulfill(status=201, json=offer | {"ticket": "made up"})

    with browsers.visitor() as visitor:
        visitor.page.route("**/api/softphone/calls", with_a_wrong_ticket)
        visitor.call()
        assert problem(visitor) == "call-refused"


def test_whoever_is_signed_out_meanwhile_may_sign_in_again(browsers: Browsers) -> None:
    with browsers.visitor() as visitor:
        visitor.page.context.clear_cookies()
        visitor.call()
        assert problem(visitor) == "signed-out"
        visitor.page.get_by_role("button", name="Sign in").click()
        visitor.sign_in().see("call").wait_for()


def test_a_wrong_password_is_not_told_from_a_wrong_email(browsers: Browsers) -> None:
    with browsers.visitor(signed_in=False) as visitor:
        visitor.sign_in("not the password")
        alert = visitor.page.get_by_role("alert")
        assert alert.inner_text() == "The email or the password is not right."
        visitor.page.click("button[type=submit]")
        visitor.sign_in().see("call").wait_for()


def test_an_empty_form_says_what_is_missing(browsers: Browsers) -> None:
    with browsers.visitor(signed_in=False) as visitor:
        visitor.page.click("button[type=submit]")
        assert visitor.page.get_by_text("Enter your password.").is_visible()


def test_a_server_that_is_down_can_be_tried_again(browsers: Browsers) -> None:
    with browsers.visitor() as visitor:
        visitor.page.route("**/api/session", lambda route: route.abort())
        visitor.open()
        visitor.page.get_by_role("alert").wait_for()
        visitor.picture("en-wide-server-down")
        visitor.page.unroute("**/api/session")
        visitor.page.get_by_role("button", name="Try again").click()
        visitor.see("call").wait_for()


def test_nobody_s_page_stays_after_signing_out(browsers: Browsers) -> None:
    with browsers.visitor(signed_in=False) as visitor:
        visitor.sign_in().see("call").wait_for()
        visitor.page.get_by_role("button", name="Account").click()
        visitor.page.get_by_role("menuitem", name=re.compile("Sign out")).click()
        visitor.page.wait_for_selector("input[name=password]")
        visitor.open()
        visitor.page.wait_for_selector("input[name=password]")


def problem(visitor: Visitor) -> str | None:
    visitor.see("problem").wait_for()
    return visitor.see("problem").get_attribute("data-problem")


def answer_calls(visitor: Visitor, status: int) -> None:
    answer = {"error": "full", "sentence": "As many calls as we can carry."}
    visitor.page.unroute("**/api/softphone/calls")
    visitor.page.route(
        "**/api/softphone/calls", lambda route: route.fulfill(status=status, json=answer)
    )
