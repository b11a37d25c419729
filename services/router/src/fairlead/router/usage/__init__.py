"""What requests took and cost: kept in a database of ours, off the path of requests, and told from there."""
