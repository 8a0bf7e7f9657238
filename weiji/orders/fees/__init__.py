"""What the platform takes of a trade: rules by category and by shop, versioned, previewed before they are in force."""
