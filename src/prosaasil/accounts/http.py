"""The routes of sign-in, and the question every other route asks: who is it?"""

from enum import Enum
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, Field

from prosaasil.accounts import service
from prosaasil.accounts.account import Account, Role
from prosaasil.accounts.passwords import Passwords
from prosaasil.kit.config import Settings
from prosaasil.kit.db import Database

COOKIE = "prosaasil_session"

router = APIRouter(prefix="/api", tags=["accounts"])


class Credentials(BaseModel):
    email: str = Field(min_length=3, max_length=320)
    password: str = Field(min_length=1, max_length=service.PASSWORD_LENGTH_MAX)


class BusinessOfAccount(BaseModel):
    id: UUID
    name: str
    slug: str
    role: Role


class Engine(Enum):
    """Whose voice answers on this installation; the dashboard says so."""

    EMBEDDED = "embedded"
    OPENAI = "openai"
    AZURE = "azure"


class Session(BaseModel):
    """Who is signed in."""

    email: str
    name: str
    businesses: list[BusinessOfAccount]
    engine: Engine


def database_of(request: Request) -> Database:
    database = request.app.state.database
    assert isinstance(database, Database)
    return database


def passwords_of(request: Request) -> Passwords:
    passwords = request.app.state.passwords
    assert isinstance(passwords, Passwords)
    return passwords


def settings_of(request: Request) -> Settings:
    settings = request.app.state.settings
    assert isinstance(settings, Settings)
    return settings


def engine_of(settings: Annotated[Settings, Depends(settings_of)]) -> Engine:
    if settings.uses_own_engine:
        return Engine.EMBEDDED
    return Engine.AZURE if settings.azure_openai_endpoint else Engine.OPENAI


EngineUsed = Annotated[Engine, Depends(engine_of)]


async def signed_in(
    request: Request, database: Annotated[Database, Depends(database_of)]
) -> Account:
    session_id = request.cookies.get(COOKIE)
    if not session_id:
        raise service.SignInRequired
    async with database.system() as tx:
        return await service.who_is(tx, session_id)


SignedIn = Annotated[Account, Depends(signed_in)]


@router.post("/session")
async def sign_in(
    credentials: Credentials,
    request: Request,
    response: Response,
    database: Annotated[Database, Depends(database_of)],
    passwords: Annotated[Passwords, Depends(passwords_of)],
    engine: EngineUsed,
) -> Session:
    done = await service.sign_in(
        database,
        passwords,
        email=credentials.email,
        password=credentials.password,
        address=request.client.host if request.client else "unknown",
    )
    response.set_cookie(
        COOKIE,
        done.session_id,
        max_age=int(service.SESSION_VALID_FOR.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )
    return shown(done.account, engine)


@router.get("/session")
async def get_session(account: SignedIn, engine: EngineUsed) -> Session:
    return shown(account, engine)


@router.delete("/session", status_code=204)
async def sign_out(
    request: Request,
    response: Response,
    database: Annotated[Database, Depends(database_of)],
) -> None:
    """Signing out twice is no harm."""
    session_id = request.cookies.get(COOKIE)
    if session_id:
        async with database.system() as tx:
            await service.sign_out(tx, session_id)
    response.delete_cookie(COOKIE, httponly=True, samesite="lax")


def shown(account: Account, engine: Engine) -> Session:
    return Session(
        email=account.email,
        name=account.name,
        businesses=[
            BusinessOfAccount(
                id=held.business_id,
                name=held.business_name,
                slug=held.business_slug,
                role=held.role,
            )
            for held in account.memberships
        ],
        engine=engine,
    )
