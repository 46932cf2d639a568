"""The invented shop behind generated transactions: its products, customers and countries."""

from __future__ import annotations

import random
from dataclasses import dataclass

_LOOKS = (  # separated by commas
    "RED SPOTTY,PINK POLKADOT,BLUE GINGHAM,IVORY LACE,VINTAGE ROSE,FRENCH LINEN,SCANDINAVIAN,"
    "RUSTIC OAK,ENAMEL CREAM,RETRO STRIPE,WOODLAND,ALPINE,SILVER STAR,ANTIQUE BRASS,MINT GREEN,"
    "BLACK BAROQUE,CHERRY BLOSSOM,LAVENDER,SET OF 3 WHITE,SET/6 COLOUR,PACK OF 12 PAISLEY,"
    "PARISIAN,REGENCY,ENGLISH GARDEN,NORDIC,TEA PARTY,CIRCUS PARADE,SEASIDE,STRAWBERRY,OWL"
)
_THINGS = (
    "LANTERN,CAKE STAND,LUNCH BAG,BUNTING,MUG,TEAPOT,DOORSTOP,PHOTO FRAME,COAT HANGER,CLOCK,"
    "JEWELLERY BOX,GIFT WRAP,NAPKINS,CAKE CASES,BISCUIT TIN,BREAD BIN,HAND TOWEL,APRON,OVEN GLOVE,"
    "CUSHION COVER,WALL ART,CHALKBOARD,KEY RING,PURSE,UMBRELLA,BIRD FEEDER,PLANT POT,WATERING CAN,"
    "T-LIGHT HOLDER,CANDLE,FAIRY LIGHTS,WREATH,HEART DECORATION,STORAGE JAR,MONEY BANK,NOTEBOOK,"
    "PENCIL CASE,STICKERS,DOILY,HOT WATER BOTTLE,COASTERS,TRAY,EGG CUPS,SPICE RACK,LADDER,MIRROR,"
    "DRAWER KNOB,SEWING KIT,ALARM CLOCK,RIBBONS"
)
_SIZES = ("", "", "", " SMALL", " LARGE", " MINI", " MEDIUM")
_PRICE_ENDINGS = (0.25, 0.45, 0.55, 0.65, 0.75, 0.85, 0.95, 0.25, 0.65, 0.85, 0.95, 1.0)
# Lines by country among a thousand, about as the real set has them.
_COUNTRY_SHARES = {
    "United Kingdom": 918,
    "Germany": 17,
    "France": 15,
    "EIRE": 13,
    "Netherlands": 5,
    "Spain": 5,
    "Belgium": 4,
    "Switzerland": 3,
    "Australia": 3,
    "Portugal": 3,
    "Norway": 2,
    "Channel Islands": 2,
    "Italy": 2,
    "Japan": 1,
    "Poland": 1,
    "Sweden": 1,
    "Finland": 1,
    "Cyprus": 1,
    "Unspecified": 1,
    "European Community": 1,
    "RSA": 1,
}
COUNTRIES = tuple(country for country, share in _COUNTRY_SHARES.items() for _ in range(share))
HOME = "United Kingdom"
_FIRST_CUSTOMER = 12346
_SCATTER = 2_654_435_761  # Knuth's multiplier: spreads neighbouring customers over the countries


@dataclass(frozen=True, slots=True)
class Product:
    """A stock item as rows of the CSV name it.

    Attributes
    ----------
    code : stock code as it is usually written.
    listings : CSV text `code,description` of each spelling met; the usual one is repeated.
    price : usual unit price in pounds, as the CSV writes it.
    dear_price : what guests of the other shop front pay.
    bulk_price : unit price from two dozen on.
    """

    code: str
    listings: tuple[str, ...]
    price: str
    dear_price: str
    bulk_price: str


def make_products(dice: random.Random, count: int = 3_900) -> list[Product]:
    """Return the shop's products; one in fifteen has several descriptions, some have £ in them."""
    products: dict[str, Product] = {}
    names: set[str] = set()
    looks, things = _LOOKS.split(","), _THINGS.split(",")
    while len(products) < count:
        code = f"{dice.randrange(15_000, 91_000)}{dice.choice(('', '', '', 'A', 'B', 'C', 'BL'))}"
        name = f"{dice.choice(looks)} {dice.choice(things)}{dice.choice(_SIZES)}"[:35]
        if code in products or name in names:
            continue
        names.add(name)
        pounds = min(dice.lognormvariate(0.75, 0.95), 295.0)
        price = max(0.19, int(pounds) + dice.choice(_PRICE_ENDINGS))
        products[code] = Product(
            code=code,
            listings=_spellings(dice, code, name),
            price=price_text(price),
            dear_price=price_text(price * 1.9 + 0.03),
            bulk_price=price_text(max(0.1, price * 0.85)),
        )
    return list(products.values())


def price_text(pounds: float) -> str:
    """Return a price as the data set writes it: at most two decimals, no trailing zeros."""
    return f"{pounds:.2f}".rstrip("0").rstrip(".")


def pick_customer(dice: random.Random, customers: int) -> tuple[str, str]:
    """Return (CustomerID, Country) of a buyer; few buy often, and few have two countries."""
    number = int(customers * dice.random() ** 2.5)
    home = COUNTRIES[(number * _SCATTER >> 7) % len(COUNTRIES)]
    moved = number % 430 == 7 and dice.random() < 0.3
    return str(_FIRST_CUSTOMER + number), "Cyprus" if moved else home


def _spellings(dice: random.Random, code: str, name: str) -> tuple[str, ...]:
    if dice.random() < 0.004:
        name = f"{name[:30]} £{dice.choice((1, 2, 5))}"
    if dice.random() < 0.02:
        name = name.replace(" ", " , ", 1)
    if dice.random() < 0.01:
        name = f'{name} 12"'
    if dice.random() < 0.05:
        name = name.replace(" ", "  ", 1)
    if dice.random() < 0.19:
        name += " "
    usual = f"{code},{csv_text(name)}"
    spellings = [usual] * 60
    if code[-1].isalpha():
        spellings.append(f"{code.lower()},{csv_text(name)}")  # lower-case variant of the code
        spellings.append(usual)
    if dice.random() < 0.07:
        spellings[0] = f"{code},{csv_text(name.strip() + ' NEW')}"
        spellings[1] = f"{code},{csv_text(name.strip().title())}"
    return tuple(spellings)


def csv_text(value: str) -> str:
    """Return a value as a CSV field, quoted where it has to be (RFC 4180)."""
    if any(character in value for character in ',"\r\n'):
        return '"' + value.replace('"', '""') + '"'
    return value
