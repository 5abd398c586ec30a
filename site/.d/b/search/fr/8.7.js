belfrySearch("fr/8.7",{"226":["Femmes et genre","2 documents","theme/gender.html","Thèmes"],"244":["Nouveautés","","changes.html","Cities of the Example"]})
