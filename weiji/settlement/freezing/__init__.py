"""What the operator does about money that channels hold for shops: says who they are there, and sees it let go."""
