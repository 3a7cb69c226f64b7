"""What writes the pages that are made from the code, before Sphinx reads them."""
