"""Required distributions: who must take how much from which accounts, what was taken, and how the rest is raised."""
