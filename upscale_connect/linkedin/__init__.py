"""LinkedIn profile addresses: any of the forms that people keep → one address and one key per person.

No network. The address is what is sent; the key is what is compared. What names no person, or leaves open
which one, is a `Rejection`: a guess here would put a message beside the wrong person.
"""

from .profiles import Code, Kind, LinkedInRef, Rejection, parse_profile
from .sales import SalesNavigator, admit_sales

__all__ = ["Code", "Kind", "LinkedInRef", "Rejection", "SalesNavigator", "admit_sales", "parse_profile"]
