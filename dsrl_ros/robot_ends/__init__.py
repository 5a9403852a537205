"""Robot ends on hardware: drivers that join an arm to the topics of the graph, one folder each."""
